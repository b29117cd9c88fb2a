package signed

import (
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
)

// minBits is the least size of a key. GitHub makes keys of 2048 bits for its Apps.
const minBits = 2048

// ErrPrivateKey says that a text that should be public is a private key.
var ErrPrivateKey = errors.New("is a private key")

// PublicKey reads one RSA public key in PEM, as `openssl rsa -pubout` writes it. No error repeats the text.
func PublicKey(text string) (*rsa.PublicKey, error) {
	if strings.Contains(text, "PRIVATE KEY") {
		return nil, ErrPrivateKey
	}
	block, rest := pem.Decode([]byte(text))
	if block == nil || block.Type != "PUBLIC KEY" || strings.TrimSpace(string(rest)) != "" {
		return nil, errors.New("is not exactly one PUBLIC KEY in PEM")
	}
	parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
	key, ok := parsed.(*rsa.PublicKey)
	if err != nil || !ok {
		return nil, errors.New("is not an RSA key")
	}
	if key.N.BitLen() < minBits {
		return nil, fmt.Errorf("has %d bits", key.N.BitLen())
	}
	return key, nil
}

// PublicKeys reads the keys of a platform.
func PublicKeys(texts []string) ([]*rsa.PublicKey, error) {
	var keys []*rsa.PublicKey
	for i, text := range texts {
		key, err := PublicKey(text)
		if err != nil {
			return nil, fmt.Errorf("public key %d of the telemetry App %w", i+1, err)
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// Fingerprint names a key as the page of a GitHub App does (docs.github.com, "Verifying private keys").
func Fingerprint(key *rsa.PublicKey) string {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		panic(err) // an RSA key always encodes
	}
	sum := sha256.Sum256(der)
	return "SHA256:" + base64.StdEncoding.EncodeToString(sum[:])
}
