package record

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
)

func TestAccept(t *testing.T) {
	token := "ghs_" + strings.Repeat("aB3", 12)
	std := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	pemKey := "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA0Z3VS5JJcds3xfn/ygWyF8PbnGy\n-----END RSA PRIVATE KEY-----\n"
	broken := func(s string, at int) string { return s[:at] + `\r\n` + s[at:] }
	jwt := "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJJdjEifQ.c2lnbmF0dXJl"
	tests := []struct {
		name, in string
		want     string // the accepted details, "" where refused
		code     Code
	}{
		{"empty object", `{}`, `{}`, ""},
		{"order, numbers and escapes stay", ` { "b" : 1.50 , "a" : [ 1e400 , "\u00e9<&>" ] } ` + "\n", `{"b":1.50,"a":[1e400,"\u00e9<&>"]}`, ""},
		{"same name at different levels", `{"a":{"a":1,"ok":true},"b":[{"a":2}]}`, `{"a":{"a":1,"ok":true},"b":[{"a":2}]}`, ""},
		{"name as a value", `{"a":"ok","b":"source"}`, `{"a":"ok","b":"source"}`, ""},
		{"word that starts like a token", `{"a":"ghs_short and eyJ.x.y"}`, `{"a":"ghs_short and eyJ.x.y"}`, ""},
		{"public key", `{"a":"-----BEGIN PUBLIC KEY-----"}`, `{"a":"-----BEGIN PUBLIC KEY-----"}`, ""},
		{"64 levels", nest(64), nest(64), ""},

		{"65 levels", nest(65), "", ResultRefused},
		{"9,000 levels", nest(9000), "", ResultRefused},
		{"64 KiB", sized(MaxDetails), sized(MaxDetails), ""},
		{"64 KiB and one", sized(MaxDetails + 1), "", ResultTooLarge},
		{"nothing", ``, "", ResultNotObject},
		{"array", `[1]`, "", ResultNotObject},
		{"array of an object", `[{}]`, "", ResultNotObject},
		{"string", `"{}"`, "", ResultNotObject},
		{"null", `null`, "", ResultNotObject},
		{"number", `1`, "", ResultNotObject},
		{"two objects", `{}{}`, "", ResultNotObject},
		{"text after the object", `{} x`, "", ResultNotObject},
		{"cut off", `{"a":`, "", ResultNotObject},
		{"byte order mark", "\ufeff{}", "", ResultNotObject},
		{"invalid UTF-8", "{\"a\":\"\xff\"}", "", ResultNotObject},
		{"NUL", "{\"a\":\"\x00\"}", "", ResultNotObject},
		{"member twice", `{"a":1,"b":2,"a":3}`, "", ResultRefused},
		{"member twice, once escaped", `{"a":1,"\u0061":3}`, "", ResultRefused},
		{"token as value", `{"a":"x ` + token + `"}`, "", ResultRefused},
		{"token deep inside", `{"a":[{"b":["` + token + `"]}]}`, "", ResultRefused},
		{"token as name", `{"a":{"` + token + `":1}}`, "", ResultRefused},
		{"token with an escape", `{"a":"` + strings.Replace(token, "g", `\u0067`, 1) + `"}`, "", ResultRefused},
		{"token after a broken one", `{"a":"ghs_x ` + token + `"}`, "", ResultRefused},
		{"stateless installation token", `{"a":"ghs_123456_` + jwt + `"}`, "", ResultRefused},
		{"personal token", `{"a":"ghp_` + strings.Repeat("x", 36) + `"}`, "", ResultRefused},
		{"OAuth token", `{"a":"gho_` + strings.Repeat("x", 36) + `"}`, "", ResultRefused},
		{"user token", `{"a":"ghu_` + strings.Repeat("x", 36) + `"}`, "", ResultRefused},
		{"refresh token", `{"a":"ghr_` + strings.Repeat("x", 36) + `"}`, "", ResultRefused},
		{"fine-grained token", `{"a":"github_pat_` + strings.Repeat("x", 40) + `"}`, "", ResultRefused},
		{"JWT", `{"a":"Bearer ` + jwt + `"}`, "", ResultRefused},
		{"private key", `{"a":"-----BEGIN PRIVATE KEY-----\nMII"}`, "", ResultRefused},
		{"a key's body in lines", `{"a":["MIIEpAIBAAKCAQEA0Z3VS5JJcds3xfn","ygWyF8PbnGy"]}`, "", ResultRefused},
		{"a key's body in PKCS#8", `{"a":"MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQ"}`, "", ResultRefused},
		{"a public key's body", `{"a":"MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA"}`, `{"a":"MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA"}`, ""},
		{"a key with its header broken", `{"a":"-----BEGIN RSA\nPRIVATE KEY-----\nAAAA"}`, "", ResultRefused},
		{"a key escaped twice", `{"a":"-----BEGIN PRIVATE KEY-----\\nAAAA\\n"}`, "", ResultRefused},
		{"a key in base64", `{"a":"` + std(pemKey) + `"}`, "", ResultRefused},
		{"a key in base64 in lines", `{"a":"` + broken(std(pemKey), 40) + `"}`, "", ResultRefused},
		{"a key in base64 for addresses", `{"a":"` + base64.RawURLEncoding.EncodeToString([]byte(pemKey)) + `"}`, "", ResultRefused},
		{"a token in base64", `{"a":"` + std("x-access-token:"+token) + `"}`, "", ResultRefused},
		{"a token in base64 behind a name", `{"a":"k` + std(token) + `"}`, "", ResultRefused},
		{"a token in base64 behind three letters", `{"a":"key` + std(token) + `"}`, "", ResultRefused},
		{"a token in base64 in a member's name", `{"a":{"` + std(token) + `":1}}`, "", ResultRefused},
		{"a fine-grained token in base64", `{"a":"` + std("github_pat_"+strings.Repeat("x", 40)) + `"}`, "", ResultRefused},
		{"base64 of no secret", `{"a":"` + std(strings.Repeat("all is well ", 100)) + `"}`, `{"a":"` + std(strings.Repeat("all is well ", 100)) + `"}`, ""},
		{"64 KiB of base64", sized(MaxDetails - 1), sized(MaxDetails - 1), ""},
		{"RSA private key", `{"a":"-----BEGIN CERTIFICATE-----\n-----BEGIN RSA PRIVATE KEY-----\nMII"}`, "", ResultRefused},
	}
	for _, name := range identity() {
		tests = append(tests, struct {
			name, in, want string
			code           Code
		}{"identity " + name, fmt.Sprintf(`{"a":{},%q:null}`, name), "", ResultRefused})
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, refusal := Accept([]byte(tt.in))
			if string(got) != tt.want {
				t.Errorf("details: got %.200q, want %.200q", got, tt.want)
			}
			code := Code("")
			if refusal != nil {
				code = refusal.Code
				if strings.Contains(refusal.Text, "ghs_") || strings.Contains(refusal.Text, "eyJ") || strings.Contains(refusal.Text, "MII") {
					t.Errorf("the refusal repeats the secret: %s", refusal.Text)
				}
			}
			if code != tt.code {
				t.Errorf("code: got %q, want %q", code, tt.code)
			}
		})
	}
}

// nest returns an object of that many levels.
func nest(levels int) string {
	return `{"a":` + strings.Repeat("[", levels-1) + strings.Repeat("]", levels-1) + `}`
}

// sized returns an object of n bytes.
func sized(n int) string {
	return `{"a":"` + strings.Repeat("x", n-len(`{"a":""}`)) + `"}`
}

func FuzzAccept(f *testing.F) {
	for _, seed := range []string{`{}`, `{"a":[1,{"b":"\u0067"}]}`, `{"a":1,"a":2}`, nest(70), "{\"\xff\":1}"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		got, refusal := Accept(in)
		if (got == nil) == (refusal == nil) {
			t.Fatalf("Accept(%q) = %q, %v: want one of the two", in, got, refusal)
		}
		if refusal != nil {
			return
		}
		again, refusal := Accept(got)
		if refusal != nil || string(again) != string(got) {
			t.Fatalf("what was accepted is not accepted unchanged: %q, then %q, %v", got, again, refusal)
		}
	})
}
