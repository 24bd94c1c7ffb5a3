package machines

import (
	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/fed/wire"
	"github.com/fedpurel/fedpurel/train/fault"
)

func flower(_ *cli.Context, _ string) (wire.Carrier, error) {
	return nil, fault.Usagef("hub: --socket waits for Flower, which this program cannot speak to yet")
}
