package machines

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/crypto/ssh"
)

// papers writes what a federation on this machine identifies itself with: a certificate authority, ca.crt, and of the
// SuperLink server.crt and server.key. They hold for a day; for machines apart there is tools/flower/certificates.sh.
func papers(dir string) error {
	authority, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		return err
	}
	server, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		return err
	}
	now := time.Now()
	ca := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "fedpurel federate"},
		NotBefore: now.Add(-time.Minute), NotAfter: now.Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	host := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "localhost"},
		NotBefore: ca.NotBefore, NotAfter: ca.NotAfter,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	for name, c := range map[string]struct {
		of  *x509.Certificate
		key crypto.PublicKey
	}{"ca.crt": {ca, &authority.PublicKey}, "server.crt": {host, &server.PublicKey}} {
		der, err := x509.CreateCertificate(rand.Reader, c.of, ca, c.key, authority)
		if err != nil {
			return err
		}
		if err := write(filepath.Join(dir, name), &pem.Block{Type: "CERTIFICATE", Bytes: der}); err != nil {
			return err
		}
	}
	der, err := x509.MarshalPKCS8PrivateKey(server)
	if err != nil {
		return err
	}
	return write(filepath.Join(dir, "server.key"), &pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

// keyPair writes a site's keys, NAME.key and NAME.key.pub, as ssh-keygen does, and returns the path of the former.
func keyPair(dir, name string) (string, error) {
	key, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		return "", err
	}
	block, err := ssh.MarshalPrivateKey(key, name)
	if err != nil {
		return "", err
	}
	public, err := ssh.NewPublicKey(&key.PublicKey)
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, name+".key")
	if err := write(path, block); err != nil {
		return "", err
	}
	return path, os.WriteFile(path+".pub", ssh.MarshalAuthorizedKey(public), 0o600)
}

func write(path string, block *pem.Block) error {
	if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
		return fmt.Errorf("federate: %w", err)
	}
	return nil
}
