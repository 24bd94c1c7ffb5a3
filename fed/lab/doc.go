// Package lab is the experiment: from settings to a result. What the commands train, compare, partition and eval do, a
// program does with it.
//
//	Settings    options by name, what somebody chose: a spec file, a command line, a map in a program
//	Tables      the plug-ins that settings may name; Default has those that are built in, a program adds its own rows
//	Spec        settings resolved: everything that decides a result, and nothing that nothing reads
//	Run         a spec's result, in a run folder, where an interrupted run is continued, or in memory
//	Folder      a run folder read again: verified, or evaluated anew
//
// Precedence is defaults < preset < spec file < flags. Options belong to what reads them: General has those of no
// plug-in, and every method, module, loss, partitioner and long tail has a small struct beside it, see package option.
// What is given and read by nothing in the run is refused, naming what does read it. What is not given is open, and not
// zero: a learning rate of 0 is one.
//
// A run folder holds spec.json, env.json (versions, hashes), partition.json, rounds.jsonl, checkpoint/ and result.json.
// The result depends on the spec alone, not on workers or interruptions.
package lab
