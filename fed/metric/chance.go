package metric

import "fmt"

// unknowing bounds zero-shot accuracy, in units of chance, up to which an encoder is said not to know the classes.
const unknowing = 1.5

// Chance is the accuracy of guessing among so many classes.
func Chance(classes int) float64 { return 1 / float64(classes) }

// Unknown warns of classes that the encoder does not know, by its zero-shot accuracy; it is empty where there is
// nothing to warn of.
func Unknown(zeroShot float64, classes int) string {
	if !(zeroShot <= unknowing*Chance(classes)) {
		return ""
	}
	than := "not much more than"
	if zeroShot <= Chance(classes) {
		than = "no more than"
	}
	return fmt.Sprintf("zero-shot gets %.1f %% of the test images right, %s guessing among %d classes (%.1f %%): "+
		"the encoder hardly knows them; try another --model, class names in plain words (classnames.txt), or other "+
		"--templates", 100*zeroShot, than, classes, 100*Chance(classes))
}
