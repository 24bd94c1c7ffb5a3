package lab_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/fedpurel/fedpurel/fed/lab"
	"github.com/fedpurel/fedpurel/train/f32"
)

// FedPuReL on a cache, in a run folder, and the run read again.
func Example() {
	work, err := os.MkdirTemp("", "lab-*")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(work)
	features, run := filepath.Join(work, "cache"), filepath.Join(work, "run")
	if err := writeCache(features); err != nil { // elsewhere: fedpurel featurize, fedpurel cache import
		log.Fatal(err)
	}

	spec, err := lab.Default().Spec(lab.Settings{
		"cache": features, "method": "fedpurel", "module": "gate", "mix": 0.5,
		"rounds": 3, "clients": 4, "imbalance": 4,
	})
	if err != nil {
		log.Fatal(err)
	}
	result, err := lab.Run(context.Background(), spec, run, lab.How{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(result.Method, "with", result.Module, "after", result.Rounds, "rounds")
	fmt.Println(result.Partition)

	folder, err := lab.Default().Open(run)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("mix", folder.Spec.Value("mix"), "hidden", folder.Spec.Value("hidden"))
	// Output:
	// fedpurel with gate after 3 rounds
	// long tail IF=4 (66 training images), label-Dirichlet β=1 over 4 clients, data seed 1
	// mix 0.5 hidden <nil>
}

// What was learned predicts: in memory, without a run folder; for everybody and for a client.
func ExampleTrain() {
	work, err := os.MkdirTemp("", "lab-*")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(work)
	if err := writeCache(work); err != nil {
		log.Fatal(err)
	}
	spec, err := lab.Default().Spec(lab.Settings{"cache": work, "module": "linear", "rounds": 3, "clients": 4})
	if err != nil {
		log.Fatal(err)
	}
	outcome, err := lab.Train(context.Background(), spec, "", lab.How{})
	if err != nil {
		log.Fatal(err)
	}
	defer outcome.Close()

	for _, client := range []string{"", "2"} {
		model, err := outcome.Model(client) // of a run folder: Folder.Model, or Tables.OpenModel
		if err != nil {
			log.Fatal(err)
		}
		features := f32.New(3, model.Columns()) // as the encoder gives them
		for i := range features.Rows {
			copy(features.Row(i), model.Head.Text.Row(i))
		}
		p := model.Probabilities(nil, features)
		for i := range p.Rows {
			fmt.Print(model.Card.Classes[f32.Argmax(p.Row(i))], " ")
		}
		fmt.Println("with", len(model.Parts), "part(s)")
	}
	// Output:
	// a b c with 1 part(s)
	// a b c with 2 part(s)
}

// An option that nothing in a run reads is refused.
func ExampleTables_Spec() {
	_, err := lab.Default().Spec(lab.Settings{"method": "fedavg", "logit_adjust": 1})
	fmt.Println(err)
	// Output:
	// --logit-adjust is read by --loss adjusted; --loss ce reads no options
}
