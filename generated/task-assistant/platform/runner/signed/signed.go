// Package signed carries telemetry records outside GitHub's contents API: a record with the path at which
// it must stand, and a signature by the telemetry App's key over both.
//
// Whoever reads such a record needs the platform's public keys and no secret. Bytes go in and values come
// out; nothing here touches a network, a file or git. A record that [Record.Verify] has not accepted is
// whatever somebody could push to a ref or print to a log.
package signed

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/task-assistant/tasc/internal/runner/record"
)

// Record is a telemetry record on its way.
type Record struct {
	// Path is that of the record's file in the telemetry repository.
	Path string
	// Data are the bytes of the file.
	Data []byte
	// Signature is RS256 over [Text].
	Signature []byte
}

// Text returns what is signed for a record.
func Text(path string, data []byte) []byte {
	sum := sha256.Sum256(data)
	return []byte("tasc-record-v1\n" + path + "\n" + hex.EncodeToString(sum[:]) + "\n")
}

// ErrSignature says that no key of the platform made a signature.
var ErrSignature = errors.New("no public key of the platform belongs to its signature")

// Verify returns the record if one of keys belongs to its signature and the record may stand at its path.
func (r Record) Verify(keys []*rsa.PublicKey) (record.Record, error) {
	sum := sha256.Sum256(Text(r.Path, r.Data))
	for _, key := range keys {
		if rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], r.Signature) == nil {
			return r.check()
		}
	}
	return record.Record{}, ErrSignature
}

// check demands a valid record whose own fields lead to the path.
func (r Record) check() (record.Record, error) {
	if len(r.Data) > record.MaxRecord {
		return record.Record{}, fmt.Errorf("it is larger than %d bytes", record.MaxRecord)
	}
	decoded, err := record.Decode(r.Data)
	if err != nil {
		return record.Record{}, err
	}
	if err := decoded.Validate(); err != nil {
		return record.Record{}, errors.New(strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	date, err := record.DateOf(r.Path)
	if err != nil {
		return record.Record{}, err
	}
	if want := decoded.Path(date); want != r.Path {
		return record.Record{}, fmt.Errorf("its path is %q, and what is in it belongs to %s", cut(r.Path), want)
	}
	return decoded, nil
}

// cut keeps an untrusted text short enough for a message.
func cut(s string) string {
	if len(s) > 200 {
		return s[:200] + "…"
	}
	return s
}
