// Command run trains FedPuReL on a cache: go run ./run CACHE
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/fedpurel/fedpurel/fed/lab"
)

func main() {
	spec, err := lab.Default().Spec(lab.Settings{"cache": os.Args[1], "method": "fedpurel", "rounds": 20})
	if err != nil {
		log.Fatal(err)
	}
	result, err := lab.Run(context.Background(), spec, "", lab.How{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.1f %% of the test images are right\n", 100*result.LastTen.Global.Value("all"))
}
