package record

import (
	"encoding/base64"
	"strings"
)

// isSecret reports whether s holds what looks like a secret, as it is or in base64, as HTTP carries tokens and as
// Kubernetes and CI systems keep keys. Nobody can find every coding of a text: this keeps accidents out, and an engine
// that means to give its token away needs no record for it.
func isSecret(s string) bool { return isPlainSecret(s) || inBase64(s, isPlainSecret) }

// isPlainSecret reports whether s holds what looks like a token of GitHub in any of its shapes (an installation
// token may be ghs_ and a JWT), a JWT, or a private key in PEM, or the text within that. The package regexp would say
// it shorter and make the runner 260 kB larger.
func isPlainSecret(s string) bool {
	for _, prefix := range []string{"ghs_", "ghp_", "gho_", "ghu_", "ghr_", "github_pat_"} {
		if follows(s, prefix, func(rest string) bool { return len(tokenText(rest)) >= 20 }) {
			return true
		}
	}
	return follows(s, "eyJ", startsJWT) || follows(s, "-----BEGIN ", startsPrivateKey) || follows(s, "MII", startsRSA)
}

// startsRSA judges the text after "MII", in which the DER of every RSA key begins in base64: its length follows, then
// version 0, and a modulus (PKCS#1) or the algorithm (PKCS#8). A public key has no version.
func startsRSA(rest string) bool {
	return len(rest) > 3 && (strings.HasPrefix(rest[3:], "IBAAKC") || strings.HasPrefix(rest[3:], "IBADANBgkqhkiG9w0BAQEFAASC"))
}

// minBase64 is the length of a run of base64 in which the shortest token has room.
const minBase64 = 32

// inBase64 reports whether ok holds for what a run of base64 in s decodes to, in either alphabet. Lines may be broken, and
// a run may begin up to three characters late: in "key:Z2hz" nothing tells where it begins.
func inBase64(s string, ok func(string) bool) bool {
	if len(s) < minBase64 {
		return false
	}
	s = strings.NewReplacer("\r", "", "\n", "", "-", "+", "_", "/").Replace(s)
	for len(s) >= minBase64 {
		end := strings.IndexFunc(s, func(r rune) bool { return (r > 0x7f || !isAlnum(byte(r))) && r != '+' && r != '/' })
		if end < 0 {
			end = len(s)
		}
		for late := 0; late < 4 && end-late >= minBase64; late++ {
			run := s[late:end]
			plain, _ := base64.RawStdEncoding.DecodeString(run[:len(run)-len(run)%4])
			if ok(string(plain)) {
				return true
			}
		}
		s = s[min(len(s), end+1):]
	}
	return false
}

// follows reports whether ok holds for the text after any occurrence of prefix in s.
func follows(s, prefix string, ok func(rest string) bool) bool {
	for {
		_, rest, found := strings.Cut(s, prefix)
		if !found || ok(rest) {
			return found
		}
		s = rest
	}
}

// tokenText returns the start of s that is made of the characters of tokens.
func tokenText(s string) string {
	for i := range len(s) {
		if !isWord(s[i]) && s[i] != '.' {
			return s[:i]
		}
	}
	return s
}

// startsJWT judges the text after "eyJ", the start of {" in base64.
func startsJWT(rest string) bool {
	parts := strings.SplitN(tokenText(rest), ".", 3)
	return len(parts) == 3 && len(parts[0]) >= 8 && strings.HasPrefix(parts[1], "eyJ") && len(parts[1]) >= 8 && len(parts[2]) >= 8
}

func startsPrivateKey(rest string) bool {
	kind, _, found := strings.Cut(rest, "-----")
	return found && strings.HasSuffix(kind, "PRIVATE KEY")
}
