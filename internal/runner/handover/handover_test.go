package handover

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"
)

var (
	key     = base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 32))
	purpose = Purpose{RunID: 42, Engine: "enforce", Target: "acme/service"}
	expires = time.Date(2026, 11, 22, 11, 0, 0, 0, time.UTC)
)

func seal(t *testing.T, key string, p Purpose) string {
	t.Helper()
	sealed, err := Seal(key, p, Token{Value: "ghs_secret", Expires: expires}, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

func TestOpen(t *testing.T) {
	sealed := seal(t, key, purpose)
	raw, err := base64.StdEncoding.DecodeString(sealed)
	if err != nil {
		t.Fatal(err)
	}
	raw[30] ^= 1
	flipped := base64.StdEncoding.EncodeToString(raw)
	other := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{8}, 32))
	const foreign = "sealed for another run, engine or target, or the handover key changed"
	before := expires.Add(-time.Second)
	tests := []struct {
		name, key string
		purpose   Purpose
		sealed    string
		now       time.Time
		err       string
	}{
		{"right", key, purpose, sealed, before, ""},
		{"key with a newline", key + "\n", purpose, sealed, before, ""},
		{"another run", key, Purpose{43, "enforce", "acme/service", ""}, sealed, before, foreign},
		{"another engine", key, Purpose{42, "validate", "acme/service", ""}, sealed, before, foreign},
		{"another target", key, Purpose{42, "enforce", "acme/other", ""}, sealed, before, foreign},
		{"another use", key, Purpose{42, "enforce", "acme/service", "platform"}, sealed, before, foreign},
		{"another key", other, purpose, sealed, before, foreign},
		{"changed", key, purpose, flipped, before, foreign},
		{"cut", key, purpose, sealed[:len(sealed)-8], before, foreign},
		{"cut in the nonce", key, purpose, sealed[:8], before, "cut short or damaged"},
		{"cut in a byte", key, purpose, sealed[:len(sealed)-1], before, "cut short or damaged"},
		{"empty", key, purpose, "", before, "cut short or damaged"},
		{"expired", key, purpose, sealed, expires, "expired at 2026-11-22T11:00:00Z"},
		{"no key", "", purpose, sealed, before, "openssl rand -base64 32"},
		{"short key", base64.StdEncoding.EncodeToString([]byte("short")), purpose, sealed, before, "not base64 of 32 bytes"},
		{"hex key", strings.Repeat("07", 32), purpose, sealed, before, "not base64 of 32 bytes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			token, err := Open(tt.key, tt.purpose, tt.sealed, tt.now)
			if tt.err == "" {
				if err != nil || token.Value != "ghs_secret" || !token.Expires.Equal(expires) {
					t.Errorf("got %+v, %v, want the token", token, err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.err) || token != (Token{}) {
				t.Errorf("got %+v, %v, want no token and an error that holds %q", token, err, tt.err)
			}
		})
	}
}

func TestSeal_HidesAndNeverRepeats(t *testing.T) {
	a, b := seal(t, key, purpose), seal(t, key, purpose)
	raw, err := base64.StdEncoding.DecodeString(a)
	if err != nil {
		t.Fatal(err)
	}
	if a == b || strings.Contains(a+string(raw), "ghs_secret") {
		t.Error("a sealed token repeats itself or shows the token")
	}
	if _, err := Seal("", purpose, Token{}, rand.Reader); err == nil {
		t.Error("Seal without a key: got no error")
	}
	if _, err := Seal(key, purpose, Token{}, strings.NewReader("short")); err == nil {
		t.Error("Seal without randomness: got no error")
	}
}

func TestUnpack(t *testing.T) {
	pack := func(s string) string {
		p, err := Pack([]byte(s))
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	bomb := pack(strings.Repeat("0", 64<<20))
	whole := pack(`{"a":1}`)
	raw, err := base64.StdEncoding.DecodeString(whole)
	if err != nil {
		t.Fatal(err)
	}
	twice := base64.StdEncoding.EncodeToString(append(raw, raw...))
	tests := []struct {
		name, in, want string
		err            string
	}{
		{"whole", whole, `{"a":1}`, ""},
		{"nothing", pack(""), "", ""},
		{"at the limit", pack("1234567890123456"), "1234567890123456", ""},
		{"one more", pack("12345678901234567"), "", ErrTooLarge.Error()},
		{"two members", twice, `{"a":1}{"a":1}`, ""},
		{"bomb", bomb, "", ErrTooLarge.Error()},
		{"no base64", "%%%", "", "not base64"},
		{"no gzip", "e30=", "", "not gzip"},
		{"empty", "", "", "not gzip"},
		{"cut", base64.StdEncoding.EncodeToString(raw[:len(raw)-4]), "", "not complete gzip"},
		{"garbage after", base64.StdEncoding.EncodeToString(append(raw[:len(raw):len(raw)], "garbage"...)), "", "not complete gzip"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Unpack(tt.in, 16)
			if string(got) != tt.want {
				t.Errorf("data: got %.40q, want %q", got, tt.want)
			}
			if tt.err == "" && err != nil || tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) {
				t.Errorf("error: got %v, want one that holds %q", err, tt.err)
			}
		})
	}
	if _, err := Unpack(bomb, 16); !errors.Is(err, ErrTooLarge) {
		t.Errorf("bomb: got %v, want ErrTooLarge", err)
	}
	if first, second := pack("same"), pack("same"); first != second {
		t.Error("Pack is not the same twice")
	}
}
