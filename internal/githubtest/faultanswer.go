package githubtest

import (
	"net/http"
	"strconv"
	"time"
)

const (
	proxyPage     = "<!DOCTYPE html>\n<html><head><title>Unicorn! &middot; GitHub</title></head><body>502</body></html>\n"
	secondaryText = "You have exceeded a secondary rate limit and have been temporarily blocked from content creation. Please retry your request again later."
	ssoText       = "Resource protected by organization SAML enforcement. You must grant your OAuth token access to this organization."
)

// instead is the answer that a fault makes up; false where the request has its effect.
func (s *Server) instead(f Fault) (answer, bool) {
	const at, other = "0929670cdb8e2a3c1b8d3c0f7c1a2b3c4d5e6f70", "c45b54449f0e1d2c3b4a5968778695a4b3c2d1e0"
	reset := strconv.FormatInt(s.config.Now().Add(30*time.Second).Unix(), 10)
	limited := func(status int, message string, header ...string) answer {
		a := refusal(status, message, "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits")
		a.header = map[string]string{}
		for i := 0; i < len(header); i += 2 {
			a.header[header[i]] = header[i+1]
		}
		return a
	}
	switch f.Do {
	case Conflict: // PyGithub#1787, terraform-provider-github#2909
		return refusal(http.StatusConflict, "is at "+at+" but expected "+other, ""), true
	case ConflictOld: // jcabi-github#665
		return refusal(http.StatusConflict, "refs/heads/main expected to be at "+other, ""), true
	case Conflict422: // fresh-app/factory#21
		return refusal(http.StatusUnprocessableEntity, "is at "+at+" but expected "+other, ""), true
	case ErrorBefore:
		return refusal(http.StatusInternalServerError, "Server Error", ""), true
	case Unavailable:
		return refusal(http.StatusServiceUnavailable, "Service Unavailable", ""), true
	case HTMLBefore:
		return answer{status: http.StatusBadGateway, raw: []byte(proxyPage), contentType: "text/html; charset=utf-8", broken: true}, true
	case LimitAfter:
		return limited(http.StatusForbidden, secondaryText, "Retry-After", "5"), true
	case Limit429:
		return limited(http.StatusTooManyRequests, "Too many requests", "Retry-After", "5"), true
	case LimitReset:
		return limited(http.StatusForbidden, "API rate limit exceeded for installation ID 502.", "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", reset), true
	case LimitBare: // gofri/go-github-ratelimit#38
		return limited(http.StatusForbidden, secondaryText, "X-RateLimit-Remaining", "4114"), true
	case Limit429Bare:
		return limited(http.StatusTooManyRequests, "Too many requests"), true
	}
	return s.refusing(f)
}

// refusing is instead for the faults that no waiting helps against.
func (s *Server) refusing(f Fault) (answer, bool) {
	switch f.Do {
	case Forbidden:
		a := refusal(http.StatusForbidden, notByIntegration, "")
		a.header = map[string]string{"X-Accepted-GitHub-Permissions": "contents=write"}
		return a, true
	case SSO: // scala-steward-action#173
		a := refusal(http.StatusForbidden, ssoText, "https://docs.github.com/articles/authenticating-to-a-github-organization-with-saml-single-sign-on/")
		a.header = map[string]string{"X-GitHub-SSO": "required; url=https://github.com/orgs/acme/sso?authorization_request=A"}
		return a, true
	case NotFound:
		return refusal(http.StatusNotFound, "Not Found", ""), true
	case Unauthorized:
		return refusal(http.StatusUnauthorized, "Bad credentials", ""), true
	case Cut, BadTLS:
		return answer{hangUp: true}, true
	}
	return answer{}, false
}
