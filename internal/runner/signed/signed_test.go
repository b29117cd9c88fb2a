package signed

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/task-assistant/tasc/internal/runner/record"
)

// testKeys are two keys of Apps.
var testKeys = sync.OnceValue(func() [2]*rsa.PrivateKey {
	var keys [2]*rsa.PrivateKey
	for i := range keys {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		keys[i] = key
	}
	return keys
})

const samplePath = "telemetry/v1/repos/acme-service/2026-11-22/42-1/validate.json"

func sampleRecord() record.Record {
	return record.Record{
		SchemaVersion: "1.0", GeneratedAt: "2026-11-22T10:11:12Z", CorrelationID: "42-1", EngineName: "validate", EngineRef: strings.Repeat("a1", 20),
		Source: record.Source{Workflow: "engine-validate", Job: "engine", RunID: 42, RunAttempt: 1, RunnerDigest: "sha256:00"},
		Entity: record.Entity{Type: "repository", Owner: "acme", Repo: "service"},
		Event:  record.Event{Category: "validate", Action: "success"}, OK: true, Details: []byte(`{"summary":"done"}`),
	}
}

// sample returns a record as emit signs it.
func sample(t *testing.T) Record {
	t.Helper()
	data, err := sampleRecord().Encode()
	if err != nil {
		t.Fatal(err)
	}
	return sign(t, samplePath, data)
}

func sign(t *testing.T, path string, data []byte) Record {
	t.Helper()
	sum := sha256.Sum256(Text(path, data))
	signature, err := rsa.SignPKCS1v15(rand.Reader, testKeys()[0], crypto.SHA256, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return Record{path, data, signature}
}

func TestText_IsTheContract(t *testing.T) {
	want := "tasc-record-v1\na/b.json\ne3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n"
	if got := string(Text("a/b.json", nil)); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestVerify(t *testing.T) {
	both := []*rsa.PublicKey{&testKeys()[1].PublicKey, &testKeys()[0].PublicKey}
	tests := []struct {
		name   string
		change func(*testing.T, Record) Record
		keys   []*rsa.PublicKey
		err    string
	}{
		{"as signed", nil, both[1:], ""},
		{"after a rotation", nil, both, ""},
		{"another App's key", nil, both[:1], ErrSignature.Error()},
		{"no key", nil, nil, ErrSignature.Error()},
		{"another byte", func(_ *testing.T, r Record) Record { r.Data = append(r.Data, '\n'); return r }, both, ErrSignature.Error()},
		{"another path", func(_ *testing.T, r Record) Record { r.Path = strings.Replace(r.Path, "42-1", "43-1", 1); return r }, both, ErrSignature.Error()},
		{"no signature", func(_ *testing.T, r Record) Record { r.Signature = nil; return r }, both, ErrSignature.Error()},
		{"signed for another run's path", func(t *testing.T, r Record) Record {
			return sign(t, strings.Replace(r.Path, "42-1", "43-1", 1), r.Data)
		}, both, "what is in it belongs to " + samplePath},
		{"signed for no record's path", func(t *testing.T, r Record) Record { return sign(t, "../../x", r.Data) }, both, "is not that of a record"},
		{"signed for no day", func(t *testing.T, r Record) Record {
			return sign(t, strings.Replace(r.Path, "11-22", "11-32", 1), r.Data)
		}, both, "the run's date"},
		{"signed text that is no record", func(t *testing.T, r Record) Record { return sign(t, r.Path, []byte("{}x")) }, both, "not a record of schema"},
		{"signed record that is not valid", func(t *testing.T, r Record) Record {
			return sign(t, r.Path, []byte(`{"schema_version":"1.0","details":{}}`))
		}, both, "generated_at"},
		{"signed and too large", func(t *testing.T, r Record) Record { return sign(t, r.Path, make([]byte, record.MaxRecord+1)) }, both, "larger than"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := sample(t)
			if tt.change != nil {
				r = tt.change(t, r)
			}
			got, err := r.Verify(tt.keys)
			if tt.err == "" && err != nil || tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) {
				t.Fatalf("error: got %v, want one that holds %q", err, tt.err)
			}
			if want := sampleRecord(); err == nil && !record.Same(got, want) {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
}

func TestPublicKey(t *testing.T) {
	public := func(key any) string {
		der, err := x509.MarshalPKIXPublicKey(key)
		if err != nil {
			t.Fatal(err)
		}
		return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	}
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	own := &testKeys()[0].PublicKey
	private := string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(testKeys()[0])}))
	tests := []struct{ name, in, err string }{
		{"a key", public(own), ""},
		{"without the last line break", strings.TrimSpace(public(own)), ""},
		{"a private key", private, ErrPrivateKey.Error()},
		{"a private key behind a public one", public(own) + private, ErrPrivateKey.Error()},
		{"two keys", public(own) + public(own), "is not exactly one PUBLIC KEY in PEM"},
		{"nothing", "", "is not exactly one PUBLIC KEY in PEM"},
		{"a certificate", strings.ReplaceAll(public(own), "PUBLIC KEY", "CERTIFICATE"), "is not exactly one PUBLIC KEY in PEM"},
		{"another kind of key", public(&curve.PublicKey), "is not an RSA key"},
		{"a weak key", public(weakKey()), "has 1024 bits"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			key, err := PublicKey(tt.in)
			if tt.err == "" && (err != nil || !reflect.DeepEqual(key, own)) || tt.err != "" && (err == nil || err.Error() != tt.err) {
				t.Errorf("got %v, %v, want the error %q", key, err, tt.err)
			}
			_, err = PublicKeys([]string{public(own), tt.in})
			if tt.err != "" && (err == nil || err.Error() != "public key 2 of the telemetry App "+tt.err) {
				t.Errorf("among others: got %v", err)
			}
		})
	}
}

// weakKey returns what looks like a key of 1024 bits; Go makes none.
func weakKey() *rsa.PublicKey {
	key := testKeys()[0].PublicKey
	return &rsa.PublicKey{N: new(big.Int).Rsh(key.N, 1024), E: key.E}
}

func TestFingerprint_IsWhatGitHubShows(t *testing.T) {
	// openssl rsa -pubin -in key.pem -outform DER | openssl sha256 -binary | openssl base64
	const text = `-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEApxDJrq8qctITHjlUhmO1
+uB5O4s3D3bANcI1Jr4jiIZ9YUIDB7q5aDKfFMTxSiYciTc3iqRaOiJIFysbRqMu
xK4/p8RpNvxy74353Q7XRgxIFTvvH2bbRtRPryRLixB0aqKkN/3u29Z1I1WixXFI
jyVfloDm6sjTKivxbmo/rrCuAzTnnffO4J/E5QcxkNFm+Hfwa0W0+gLXo9te3v4r
2WO/NlCeqtBmQlRXWGztt76Jz1mr0NHkKtcSv8j5YFzN2FZxz4/nl9dI4HBtDSGs
ZR+uzrTpFrS9sJBeFEJxRADWeFK3lgwEd7ay6ObE8tcQB75IizuKRh8i2L5e96Ey
GwIDAQAB
-----END PUBLIC KEY-----
`
	key, err := PublicKey(text)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := Fingerprint(key), "SHA256:0vWzwTmlSCuLh1t9pv6Oc+KOyBFd2iaeXAxM8VA+UM0="; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
