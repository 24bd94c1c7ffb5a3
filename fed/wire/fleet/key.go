package fleet

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"runtime"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/fedpurel/fedpurel/train/fault"
)

// identity is a node's key. Whoever has it is that site.
type identity struct {
	private *ecdsa.PrivateKey
	public  []byte // PEM, as Flower keeps it
}

// readKey reads a key as ssh-keygen -t ecdsa -b 384 writes it.
func readKey(file string) (identity, error) {
	info, err := os.Stat(file)
	if errors.Is(err, fs.ErrNotExist) {
		return identity{}, fault.Missingf("no key %s; make one: ssh-keygen -t ecdsa -b 384 -N \"\" -f %s", file, file)
	}
	if err != nil {
		return identity{}, err
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 && runtime.GOOS != "windows" {
		return identity{}, fault.Usagef("others may read the key %s (mode %04o): chmod 600 %s", file, mode, file)
	}
	if info.Size() > 1<<16 {
		return identity{}, fault.Corruptf("%s has %d bytes, that is no key", file, info.Size())
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return identity{}, err
	}
	raw, err := ssh.ParseRawPrivateKey(data)
	var locked *ssh.PassphraseMissingError
	if errors.As(err, &locked) {
		return identity{}, fault.Usagef("the key %s has a passphrase: ssh-keygen -p -N \"\" -f %s", file, file)
	}
	if err != nil {
		return identity{}, fault.Corruptf("the key %s: %v", file, err)
	}
	private, ok := raw.(*ecdsa.PrivateKey)
	if !ok || private.Curve != elliptic.P384() {
		return identity{}, fault.Usagef("the key %s is not ECDSA P-384: ssh-keygen -t ecdsa -b 384", file)
	}
	return identityOf(private)
}

func identityOf(private *ecdsa.PrivateKey) (identity, error) {
	der, err := x509.MarshalPKIXPublicKey(&private.PublicKey)
	if err != nil {
		return identity{}, fmt.Errorf("the key: %w", err)
	}
	return identity{private, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})}, nil
}

// sign puts the key's name and the signed time of a call into its header. That is all that Flower signs: what is in
// between is TLS's to keep.
func (i identity) sign(h http.Header, at time.Time) error {
	stamp := at.UTC().Format("2006-01-02T15:04:05.000000+00:00")
	sum := sha256.Sum256([]byte(stamp))
	signature, err := i.private.Sign(nil, sum[:], crypto.SHA256)
	if err != nil {
		return fmt.Errorf("the key: %w", err)
	}
	h.Set("flwr-public-key", base64.StdEncoding.EncodeToString(i.public))
	h.Set("flwr-timestamp", stamp)
	h.Set("flwr-signature", base64.StdEncoding.EncodeToString(signature))
	return nil
}
