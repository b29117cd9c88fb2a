package record

import "strings"

// isSecret reports whether s holds what looks like a token of GitHub in any of its shapes (an installation
// token may be ghs_ and a JWT), a JWT, or a private key in PEM. The package regexp would say it shorter
// and make the runner 260 kB larger.
func isSecret(s string) bool {
	for _, prefix := range []string{"ghs_", "ghp_", "gho_", "ghu_", "ghr_", "github_pat_"} {
		if follows(s, prefix, func(rest string) bool { return len(tokenText(rest)) >= 20 }) {
			return true
		}
	}
	return follows(s, "eyJ", startsJWT) || follows(s, "-----BEGIN ", startsPrivateKey)
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
