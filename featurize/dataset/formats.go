package dataset

// Formats is the table of formats, in the order in which they are tried: from those with tell-tale files to the general ones.
// To support another, write a file with its two functions and add a row.
var Formats = []Format{
	foodFormat,
	dtdFormat,
	aircraftFormat,
	petsFormat,
	dogsFormat,
	carsFormat,
	imagenetLTFormat,
	placesLTFormat,
	placesFormat,
	tinyImagenetFormat,
	cifarBinaryFormat,
	cifarPickleFormat,
	idxFormat,
	npzFormat,
	tarFormat,
	parquetFormat,
	arrowFormat,
	coopFormat,
	manifestFormat,
	folderFormat,
}

// FormatNames lists the formats.
func FormatNames() []string {
	var names []string
	for _, f := range Formats {
		names = append(names, f.Name)
	}
	return names
}
