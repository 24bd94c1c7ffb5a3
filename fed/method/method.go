// Package method holds the federated methods, one file each, and the table of them. Take one by its constructor, or by
// its name from the table, change its options, and hand it to fed.Run or name it in lab's settings.
//
// A method is a struct: its tagged fields are its options, and its methods are its two sides. What many methods share
// is in package frame, and embedded; the methods themselves are in rooms:
//
//	clip      training as CLIP itself was trained
//	frame     FedAvg, and what others are made of
//	generic   federated learning at large
//	lowrank   the factors of a low-rank update, each by itself
//	personal  a model of each client's own
//	prompt    prompts, which modules on the text side stand in for
//	purel     FedPuReL
//	tail      the classifier under a long tail
package method

import (
	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/method/clip"
	"github.com/fedpurel/fedpurel/fed/method/frame"
	"github.com/fedpurel/fedpurel/fed/method/generic"
	"github.com/fedpurel/fedpurel/fed/method/lowrank"
	"github.com/fedpurel/fedpurel/fed/method/personal"
	"github.com/fedpurel/fedpurel/fed/method/prompt"
	"github.com/fedpurel/fedpurel/fed/method/purel"
	"github.com/fedpurel/fedpurel/fed/method/tail"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/peft"
)

// Method is a federated method with its options.
type Method interface {
	fed.Method
	// Validate reports the first option out of range.
	Validate() error
}

// Entry is one row of the table of methods.
type Entry struct {
	Name  string
	Title string // as papers write it
	Doc   string
	// Source is where the method is from, and which code was read. What of a release is not done here, and why, stands
	// in the method's own documentation.
	Source string
	// Reveals is what the messages of a client say of its data beside parameters, in words; empty: nothing.
	Reveals string
	// Shares says that the method trains one model for everybody, and gives clients nothing of their own but copies:
	// they can then have a residual on top of it.
	Shares bool
	// OwnLoss says that the method trains by a loss of its own, and wears no task loss.
	OwnLoss bool
	// Host is a module that suits a method that does not run on every one; empty: all do.
	Host string
	// Remote says why the method does not run with its clients on other machines; empty: it does, and keeps to stages
	// and messages.
	Remote string
	// New returns a pointer to the method with its default options, for a module. nil: the method has no rounds. A
	// method that does not run on every module says so by Fits(peft.Module) error, and one that trains more than the
	// module has, by On(peft.Module) peft.Module.
	New func(peft.Entry) Method
}

// Methods is the table, in name order.
var Methods = []Entry{{
	Name: "apfl", Title: "APFL", Doc: "FedAvg, and a mixture of each client's copy with a model of its own",
	Source: "Deng et al., 2020; MLOPTPSU/FedTorch",
	New:    func(m peft.Entry) Method { return personal.NewAPFL(m) },
}, {
	Name: "creff", Title: "CReFF", Doc: "FedAvg, and a head trained anew on features that match class gradients",
	Source:  "Shang et al., IJCAI 2022; shangxinyi/CReFF-FL",
	Reveals: "which classes a client has, and the head's mean gradient for each", Shares: true, Host: "lora-head",
	New: func(m peft.Entry) Method { return tail.NewCReFF(m) },
}, {
	Name: "ditto", Title: "Ditto", Doc: "FedAvg, and a model of each client's own held near the global one",
	Source: "Li et al., ICML 2021; litian96/ditto",
	New:    func(m peft.Entry) Method { return personal.NewDitto(m) },
}, {
	Name: "fedavg", Title: "FedAvg", Doc: "federated averaging of the module",
	Source: "McMahan et al., AISTATS 2017", Shares: true,
	New: func(m peft.Entry) Method { return frame.NewFedAvg(m) },
}, {
	Name: "fedclip", Title: "FedCLIP",
	Doc:    "FedAvg by CLIP's own loss on a batch's images and texts, with Adam; its authors' module is gate",
	Source: "Lu et al., IEEE Data Eng. Bull. 2023; microsoft/PersonalizedFL", Shares: true, OwnLoss: true,
	New: func(m peft.Entry) Method { return clip.NewFedCLIP(m) },
}, {
	Name: "feddyn", Title: "FedDyn", Doc: "FedAvg with a regularizer that learns where each client pulls",
	Source: "Acar et al., ICLR 2021; alpemreacar/FedDyn", Shares: true,
	New: func(m peft.Entry) Method { return generic.NewFedDyn(m) },
}, {
	Name: "fedex", Title: "FedEx-LoRA",
	Doc:    "FedAvg of both factors of a low-rank update, made exact by a dense residue",
	Source: "Singhal et al., ACL 2025; RaghavSinghal10/fedex-lora", Shares: true, Host: "lora",
	New: func(m peft.Entry) Method { return lowrank.NewFedEx(m) },
}, {
	Name: "fedper", Title: "FedPer", Doc: "FedAvg of the body; every client has a head of its own",
	Source: "Arivazhagan et al., 2019; lgcollins/FedRep", Host: "lora-head",
	New: func(m peft.Entry) Method { return personal.NewFedPer(m) },
}, {
	Name: "fedpgp", Title: "FedPGP",
	Doc:    "a shared prompt, held near zero-shot, and a low-rank term of each client's own",
	Source: "Cui et al., ICML 2024; TianyuCuiOvO/FedPGP", Host: "text-shift",
	New: func(m peft.Entry) Method { return prompt.NewFedPGP(m) },
}, {
	Name: "fedprox", Title: "FedProx", Doc: "FedAvg with clients held near the model that they were sent",
	Source: "Li et al., MLSys 2020; litian96/FedProx", Shares: true,
	New: func(m peft.Entry) Method { return generic.NewFedProx(m) },
}, {
	Name: "fedpurel", Title: "FedPuReL",
	Doc:    "purified gradients for the global module, then a personal residual per client",
	Source: "CVPR 2026, arXiv 2605.02247",
	New:    func(m peft.Entry) Method { return purel.NewFedPuReL(m) },
}, {
	Name: "fedrep", Title: "FedRep", Doc: "FedPer with the head fitted first, then the body under it",
	Source: "Collins et al., ICML 2021; lgcollins/FedRep", Host: "lora-head",
	New: func(m peft.Entry) Method { return personal.NewFedRep(m) },
}, {
	Name: "fedrod", Title: "FedRoD", Doc: "FedAvg by a balanced loss; every client has a second head for its own data",
	Source: "Chen and Chao, ICLR 2022; PFLlib, Yutong-Dai/FedNH", Host: "lora-head", OwnLoss: true,
	New: func(m peft.Entry) Method { return personal.NewFedRoD(m) },
}, {
	Name: "fedsa", Title: "FedSA-LoRA", Doc: "A of a low-rank update is averaged; every client has a B of its own",
	Source: "Guo et al., ICLR 2025; Pengxin-Guo/FedSA-LoRA", Host: "lora",
	New: func(m peft.Entry) Method { return lowrank.NewFedSA(m) },
}, {
	Name: "ffa", Title: "FFA-LoRA", Doc: "FedAvg of a low-rank update whose A stands still",
	Source: "Sun et al., ICLR 2024; RaghavSinghal10/fedex-lora", Shares: true, Host: "lora",
	New: func(m peft.Entry) Method { return lowrank.NewFFA(m) },
}, {
	Name: "local", Title: "local only", Doc: "every client trains alone",
	Remote: "its global figures are of every client's model on every test image, and neither leaves its site",
	New:    func(m peft.Entry) Method { return generic.NewLocal(m) },
}, {
	Name: "pfedme", Title: "pFedMe", Doc: "each client's own model near its copy, which follows it and is averaged",
	Source: "Dinh et al., NeurIPS 2020; CharlieDinh/pFedMe",
	New:    func(m peft.Entry) Method { return personal.NewPFedMe(m) },
}, {
	Name: "promptfl", Title: "PromptFL", Doc: "FedAvg of a prompt that all clients share",
	Source: "Guo et al., IEEE TMC 2024", Shares: true, Host: "text-shift",
	New: func(m peft.Entry) Method { return prompt.NewPromptFL(m) },
}, {
	Name: "promptfolio", Title: "PromptFolio", Doc: "a shared prompt, and one of each client's own beside it",
	Source: "Pan et al., NeurIPS 2024; PanBikang/PromptFolio", Host: "text-shift",
	New: func(m peft.Entry) Method { return prompt.NewPromptFolio(m) },
}, {
	Name: "scaffold", Title: "SCAFFOLD", Doc: "FedAvg with control variates against client drift",
	Source: "Karimireddy et al., ICML 2020; alpemreacar/FedDyn, PFLlib", Shares: true,
	New: func(m peft.Entry) Method { return generic.NewScaffold(m) },
}, {
	Name: "zeroshot", Title: "zero-shot", Doc: "the frozen encoder as it is",
}}

// Fits reports a module that a method does not run on.
func Fits(m Method, module peft.Module) error {
	if picky, ok := m.(interface{ Fits(peft.Module) error }); ok {
		return picky.Fits(module)
	}
	return nil
}

// On is what a method trains where the run's module is this one, which fits: the module as it is, or what the method
// makes of it. Everything that holds parameters of the run is laid out like that.
func On(m Method, module peft.Module) peft.Module {
	if maker, ok := m.(interface{ On(peft.Module) peft.Module }); ok {
		return maker.On(module)
	}
	return module
}

// Names lists the methods.
func Names() []string {
	var names []string
	for _, e := range Methods {
		names = append(names, e.Name)
	}
	return names
}

// Find returns the entry called name; an unknown name is an error that lists the known ones.
func Find(name string) (Entry, error) {
	for _, e := range Methods {
		if e.Name == name {
			return e, nil
		}
	}
	return Entry{}, fault.Unknown("method: unknown method", name, Names())
}
