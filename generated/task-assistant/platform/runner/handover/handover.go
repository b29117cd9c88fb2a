// Package handover carries two things between the machines of one engine: the engine's token, sealed by
// a trusted job for the engine's job, and the engine's details, packed by the engine's job for emit.
//
// Both travel as job outputs, which anyone who may read the run may see. A sealed token says nothing
// without the handover key, and opens only for the run, engine and target it was sealed for. Packed
// details are hostile until package record accepted them: Unpack bounds what it reads and no more.
package handover

import (
	"bytes"
	"compress/gzip"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// Purpose binds a sealed token to what it was minted for.
type Purpose struct {
	RunID  int64
	Engine string
	// Target is the owner/name that the token is for.
	Target string
	// Use tells tokens of one engine apart: "" for its own, else what another is for.
	Use string
}

// Token is an installation token and when it ends.
type Token struct {
	Value   string    `json:"token"`
	Expires time.Time `json:"expires_at"`
}

// Seal encrypts token under key (base64 of 32 bytes) for purpose, with a nonce from random. It returns
// base64 of the nonce and the ciphertext.
func Seal(key string, purpose Purpose, token Token, random io.Reader) (string, error) {
	aead, err := newAEAD(key)
	if err != nil {
		return "", err
	}
	plain, err := json.Marshal(token)
	if err != nil {
		return "", fmt.Errorf("cannot encode the token's expiry: %w", err)
	}
	nonce := make([]byte, aead.NonceSize())
	if _, err := io.ReadFull(random, nonce); err != nil {
		return "", fmt.Errorf("cannot read randomness for the nonce: %w", err)
	}
	return base64.StdEncoding.EncodeToString(aead.Seal(nonce, nonce, plain, purpose.bytes())), nil
}

// Open returns the token in sealed if it was sealed under key for purpose and has not expired at now.
func Open(key string, purpose Purpose, sealed string, now time.Time) (Token, error) {
	aead, err := newAEAD(key)
	if err != nil {
		return Token{}, err
	}
	data, err := base64.StdEncoding.DecodeString(sealed)
	if err != nil || len(data) < aead.NonceSize() {
		return Token{}, errors.New("the sealed token is cut short or damaged: use Re-run all jobs")
	}
	nonce, ciphertext := data[:aead.NonceSize()], data[aead.NonceSize():]
	plain, err := aead.Open(nil, nonce, ciphertext, purpose.bytes())
	if err != nil {
		return Token{}, errors.New("the token was sealed for another run, engine or target, or the handover key changed: use Re-run all jobs")
	}
	var token Token
	if err := json.Unmarshal(plain, &token); err != nil {
		return Token{}, errors.New("the sealed token is of another release of the runner: use Re-run all jobs")
	}
	if !now.Before(token.Expires) {
		return Token{}, fmt.Errorf("the token expired at %s: use Re-run all jobs", token.Expires.UTC().Format(time.RFC3339))
	}
	return token, nil
}

func (p Purpose) bytes() []byte {
	text := fmt.Sprintf("tasc-handover-v1\n%d\n%s\n%s", p.RunID, p.Engine, p.Target)
	if p.Use != "" {
		text += "\n" + p.Use
	}
	return []byte(text)
}

func newAEAD(key string) (cipher.AEAD, error) {
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(key))
	if err != nil || len(raw) != 32 {
		return nil, errors.New("the handover key is not base64 of 32 bytes: make one with `openssl rand -base64 32` and store it as the handover secret")
	}
	block, err := aes.NewCipher(raw)
	if err != nil {
		return nil, fmt.Errorf("cannot use the handover key: %w", err)
	}
	return cipher.NewGCM(block)
}

// Pack returns details as base64 of their gzip form, the same on every machine.
func Pack(details []byte) (string, error) {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(details); err != nil {
		return "", fmt.Errorf("cannot pack the details: %w", err)
	}
	if err := w.Close(); err != nil {
		return "", fmt.Errorf("cannot pack the details: %w", err)
	}
	return base64.StdEncoding.EncodeToString(b.Bytes()), nil
}

// ErrTooLarge says that packed details hold more than the caller takes.
var ErrTooLarge = errors.New("the details are too large")

// Unpack reverses Pack, and stops with [ErrTooLarge] after limit bytes.
func Unpack(packed string, limit int) ([]byte, error) {
	raw, err := base64.StdEncoding.DecodeString(packed)
	if err != nil {
		return nil, errors.New("the packed details are not base64")
	}
	r, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		return nil, errors.New("the packed details are not gzip")
	}
	data, err := io.ReadAll(io.LimitReader(r, int64(limit)+1))
	switch {
	case len(data) > limit:
		return nil, ErrTooLarge
	case err != nil:
		return nil, errors.New("the packed details are not complete gzip")
	}
	return data, nil
}
