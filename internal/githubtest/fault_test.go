package githubtest_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/task-assistant/tasc/internal/githubtest"
)

// TestFault_OfAWrite: for every kind what a client of PUT contents sees, and whether the file is there afterwards.
func TestFault_OfAWrite(t *testing.T) {
	const limit = "secondary rate limit"
	tests := map[githubtest.Kind]struct {
		status  int // 0: no whole answer
		text    string
		written bool
	}{
		githubtest.Conflict: {409, "is at", false}, githubtest.ConflictOld: {409, "expected to be at", false}, githubtest.Conflict422: {422, "is at", false},
		githubtest.ErrorBefore: {500, "Server Error", false}, githubtest.Unavailable: {503, "Service", false}, githubtest.HTMLBefore: {502, "<html>", false},
		githubtest.LimitAfter: {403, limit, false}, githubtest.Limit429: {429, "Too many", false}, githubtest.LimitReset: {403, "API rate limit exceeded", false},
		githubtest.LimitBare: {403, limit, false}, githubtest.Limit429Bare: {429, "Too many", false},
		githubtest.Forbidden: {403, "not accessible by integration", false}, githubtest.SSO: {403, "SAML", false}, githubtest.NotFound: {404, "Not Found", false},
		githubtest.Unauthorized: {401, "Bad credentials", false}, githubtest.Cut: {0, "", false}, githubtest.BadTLS: {0, "", false},
		githubtest.ErrorAfter: {500, "Server Error", true}, githubtest.CutAnswer: {0, "", true}, githubtest.CutHeaders: {0, "", true}, githubtest.CutBody: {0, "", true},
		githubtest.CutAfter: {201, `"commit"`, true}, githubtest.Truncated: {201, "{", true}, githubtest.EmptyAnswer: {201, "", true}, githubtest.Slow: {201, `"commit"`, true},
		githubtest.Expired: {401, "Bad credentials", false}, githubtest.SkewBehind: {201, "", true}, githubtest.SkewAhead: {201, "", true},
		githubtest.Renamed: {201, "", true}, githubtest.BranchMissing: {404, "Branch main not found", false}, githubtest.Emptied: {404, "This repository is empty.", false},
		githubtest.Ruled: {409, "Repository rule violations found", false}, githubtest.Archived: {403, "archived", false}, githubtest.Suspended: {403, "suspended", false},
	}
	for _, kind := range githubtest.Kinds() {
		t.Run(string(kind), func(t *testing.T) {
			w := newWorld(t, githubtest.Config{})
			c := minted(t, w.Server, w.telemetry, recordsWriter)
			w.Break(githubtest.Fault{On: githubtest.On{Method: "PUT"}, Do: kind})
			want, ok := tests[kind]
			if !ok {
				t.Fatal("this kind has no line")
			}
			got, err := c.try("PUT", "/repos/acme/telemetry/contents/x", put("m", "x"))
			if (err != nil) != (want.status == 0) || err == nil && (got.status != want.status || !strings.Contains(got.body, want.text)) {
				t.Errorf("got %d %s, %v, want %d %s", got.status, got.body, err, want.status, want.text)
			}
			if n := w.Broke(); n != 1 {
				t.Errorf("it happened %d times", n)
			}
			w.Mend()
			web.CloseIdleConnections() // the one that was cut may seem to be open still
			if _, written := w.File("acme/telemetry", "main", "x"); written != want.written {
				t.Errorf("written: %t", written)
			}
			c = minted(t, w.Server, w.telemetry, recordsWriter)
			if got := c.do(t, "PUT", "/repos/acme/telemetry/contents/y", put("m", "x")); got.status != 201 {
				t.Errorf("after Mend: %d %s", got.status, got.body)
			}
		})
	}
}

func TestFault_OfAJWT(t *testing.T) {
	for kind, want := range map[githubtest.Kind]string{
		githubtest.SkewBehind: "401 'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
		githubtest.SkewAhead:  "401 'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
		githubtest.Suspended:  "403 This installation has been suspended",
	} {
		w := newWorld(t, githubtest.Config{})
		app := asApp(t, w.Server, w.telemetry.App)
		w.Break(githubtest.Fault{Do: kind})
		got := app.do(t, "POST", "/app/installations/502/access_tokens", recordsWriter)
		if text := fmt.Sprint(got.status, " ", got.message(t)); text != want {
			t.Errorf("%s: got %s, want %s", kind, text, want)
		}
		w.Mend()
		minted(t, w.Server, w.telemetry, recordsWriter)
	}
}

func TestFault_CountsWhatItChooses(t *testing.T) {
	w := newWorld(t, githubtest.Config{})
	c := client{s: w.Server}
	var plan []githubtest.Fault
	if err := json.Unmarshal([]byte(`[{"On":{"Nth":2,"Path":"/host"},"Times":2,"Do":"not-found"},{"On":{"Path":"rate"},"Times":-1,"Do":"unavailable"}]`), &plan); err != nil {
		t.Fatal(err)
	}
	w.Break(plan...)
	var got []int
	for _, path := range []string{"/repos/acme/host", "/rate_limit", "/repos/acme/host", "/repos/acme/host", "/repos/acme/host", "/rate_limit"} {
		got = append(got, c.do(t, "GET", path, "").status)
	}
	if want := []int{200, 503, 404, 404, 200, 503}; !reflect.DeepEqual(got, want) || w.Broke() != 4 {
		t.Errorf("got %d, %d times, want %d", got, w.Broke(), want)
	}
}

func TestFault_OfGit(t *testing.T) {
	for kind, says := range map[githubtest.Kind]string{
		// curl itself asks again where a connection that it kept is closed without an answer
		githubtest.Cut: "ok", githubtest.CutAnswer: "ok",
		githubtest.ErrorBefore: "500", githubtest.CutBody: "", githubtest.Unauthorized: "", githubtest.LimitAfter: "403",
		githubtest.Truncated: "", githubtest.EmptyAnswer: "", githubtest.Expired: "", githubtest.Slow: "ok", githubtest.CutAfter: "ok", githubtest.Renamed: "redirecting",
	} {
		t.Run(string(kind), func(t *testing.T) {
			w := newWorld(t, githubtest.Config{})
			c := minted(t, w.Server, w.telemetry, recordsWriter)
			w.Break(githubtest.Fault{On: githubtest.On{Nth: 2, Lane: "git"}, Do: kind}) // git asks without a credential first
			output, err := git(t, t.TempDir(), "clone", strings.Replace(w.URL, "//", "//x:"+c.secret+"@", 1)+"/acme/telemetry", "copy")
			good := says == "ok" || kind == githubtest.Renamed
			if (err == nil) != good || !good && !strings.Contains(output, says) || w.Broke() != 1 {
				t.Errorf("clone: %v, %d times\n%s", err, w.Broke(), output)
			}
		})
	}
}

func TestServeTLS_BreaksAtOneRequest(t *testing.T) {
	w := newWorld(t, githubtest.Config{})
	url, certificate := w.ServeTLS()
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM([]byte(certificate))
	web := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}
	w.Break(githubtest.Fault{On: githubtest.On{Nth: 2}, Do: githubtest.BadTLS})
	for n, broken := range []bool{false, true, false} {
		response, err := web.Get(url + "/rate_limit")
		if err == nil {
			response.Body.Close()
		}
		if (err != nil) != broken || broken && !strings.Contains(err.Error(), "tls: ") {
			t.Errorf("request %d: %v", n+1, err)
		}
	}
}
