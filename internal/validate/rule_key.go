package validate

import (
	"errors"
	"fmt"

	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/internal/runner/signed"
)

// publicKey never prints what stands in the spec: it may be the key that must not get out.
func publicKey(p *pass) {
	for _, pl := range p.set.Platforms {
		seen := map[string]diag.Pos{}
		for _, text := range pl.TelemetryApp.PublicKeys {
			key, err := signed.PublicKey(text.Value)
			switch {
			case errors.Is(err, signed.ErrPrivateKey):
				p.report(finding{pos: text.Pos, message: "a private key stands in public_keys: whoever reads this file can sign records with it",
					expected: "the public half: openssl rsa -in key.pem -pubout", fix: "revoke the key in the App's settings, make a new one, and take this one out of the history too"})
				continue
			case err != nil:
				p.report(finding{pos: text.Pos, message: "the public key " + err.Error(), expected: "an RSA key of 2048 bits or more: openssl rsa -in key.pem -pubout", fix: "paste what that command prints"})
				continue
			}
			name := signed.Fingerprint(key)
			if first, twice := seen[name]; twice {
				p.report(finding{pos: text.Pos, message: fmt.Sprintf("the public key %s is named twice", name), expected: "each key once", fix: "take one of them out",
					notes: []diag.Note{{Pos: first, Message: "the same key"}}})
				continue
			}
			seen[name] = text.Pos
		}
	}
}
