package lab_test

// unready are options whose other values today's engine refuses: its clients make one epoch.
var unready = []string{"epochs"}
