package names

import "testing"

func TestWorded(t *testing.T) {
	for folder, want := range map[string]string{
		"AnnualCrop": "Annual Crop", "HerbaceousVegetation": "Herbaceous Vegetation", "SeaLake": "Sea Lake",
		"n02085620-Chihuahua": "Chihuahua", "n02088364-black-and-tan_coonhound": "black-and-tan coonhound",
		"001.Black_footed_Albatross": "Black footed Albatross", "257.clutter": "clutter",
		"n01440764": "n01440764", "7477": "7477", "001.": "001.", "McDonald": "McDonald", "DC-10": "DC-10",
		"F-16A": "F-16A", "River": "River", "3.5mm_jack": "3.5mm jack", "hot_dog": "hot dog", "iPhone": "iPhone",
	} {
		if got := worded(folder); got != want {
			t.Errorf("%s: %q, not %q", folder, got, want)
		}
	}
}
