// Package train is one client's learning: losses on logits, the purification of gradients, optimizer steps.
//
// A step is a forward pass of a module (package peft), a loss on its logits, the gradient filled by Backward, maybe
// purified, and SGD's Step.
//
// Losses return their value and write the gradient with respect to the logits; they never see a module. Everything is
// sequential and uses no randomness.
//
// Shapes: logits ℓ (B,C), teacher logits z (B,C), labels y (B).
package train
