package explain

import "strings"

// scores say how grave it is to break a rule that is about security, as docs.github.com ("SARIF support for code
// scanning", security-severity) counts: over 9.0 is critical, from 7.0 on high, from 4.0 on medium, else low. What
// hands a stranger code or secrets is high, what takes away a second line of defence medium. A rule that is not
// here is about something else than security; one for files of anybody's is about security, unless "" says that it is not.
var scores = map[string]string{
	"engine-ref-floating":   "7.0",
	"action-ref-floating":   "7.0",
	"image-ref-floating":    "7.0",
	"checkout-ref-floating": "6.0",
	"engine-ref-unlocked":   "5.0",
	"action-ref-unlocked":   "5.0",
	"runner-unlocked":       "6.0",
	"compiler-version":      "4.0",
	"lock-unproven":         "5.0",

	"class-event":         "6.0",
	"env-reserved":        "5.0",
	"telemetry-registry":  "4.0",
	"visibility-owner":    "5.0",
	"expression":          "8.0",
	"permission-ceiling":  "7.0",
	"reads-telemetry":     "5.0",
	"apps-distinct":       "6.0",
	"public-key":          "7.0",
	"runs-on-floating":    "4.0",
	"runs-on-shared":      "7.0",
	"script-push":         "6.0",
	"script-pull-request": "6.0",
	"script-workflow":     "6.0",
	"script-telemetry":    "5.0",
	"script-target-code":  "8.0",
	"script-opaque":       "5.0",
	"waiver":              "4.0",
	"drift":               "5.0",

	"audit-yaml":               "",
	"audit-shape":              "",
	"audit-timeout":            "",
	"audit-engine-correlation": "",
	"audit-emit-path":          "",
	"audit-action-ref":         "7.0",
	"audit-action-comment":     "3.0",
	"audit-image-ref":          "7.0",
	"audit-checkout-ref":       "6.0",
	"audit-injection":          "9.3",
	"audit-environment-file":   "8.0",
	"audit-credentials":        "8.0",
	"audit-download":           "8.0",
	"audit-permissions-broad":  "6.0",
	"audit-untrusted-checkout": "9.3",
	"audit-self-hosted":        "8.0",
	"audit-engine-ref":         "6.0",
	"audit-engine-telemetry":   "4.0",
}

// Secret tells of a rule that what it finds is a secret: it is not to be printed once more.
func Secret(id string) bool { return id == "audit-credentials" || id == "public-key" }

// medium is the score of a rule for files of anybody's that has no other.
const medium = "5.0"

// Score is the severity of a rule that is about security, from "0.1" to "10.0"; "" for any other rule.
func (r Rule) Score() string {
	if score, ok := scores[r.ID]; ok || !strings.HasPrefix(r.ID, "audit-") {
		return score
	}
	return medium
}
