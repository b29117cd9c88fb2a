package githubtest_test

import (
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/task-assistant/tasc/internal/githubtest"
)

// limited is a world on whose clock time passes only when a test says so.
type limited struct {
	world
	now time.Time
	as  client
	put int
}

func newLimited(t *testing.T, limits githubtest.Limits) *limited {
	t.Helper()
	l := &limited{now: start}
	l.world = newWorld(t, githubtest.Config{Limits: limits, Now: func() time.Time { return l.now }})
	l.as = minted(t, l.Server, l.telemetry, `{"repositories":["telemetry"]}`)
	return l
}

// later moves the clock and takes a new token: one lasts an hour.
func (l *limited) later(t *testing.T, by time.Duration) {
	t.Helper()
	l.now = l.now.Add(by)
	app := client{s: l.Server, secret: sign(t, l.telemetry.App.PrivateKeyPEM(), goodClaims(l.telemetry.App, l.now))}
	l.as.secret = app.do(t, "POST", fmt.Sprintf("/app/installations/%d/access_tokens", l.telemetry.ID), "").member(t, "token").(string)
}

// write creates another file and returns the status.
func (l *limited) write(t *testing.T) reply {
	t.Helper()
	l.put++
	return l.as.do(t, "PUT", fmt.Sprintf("/repos/acme/telemetry/contents/records/%d", l.put), put("m", "x"))
}

// admitted counts the writes that pass of n.
func (l *limited) admitted(t *testing.T, n int) int {
	t.Helper()
	passed := 0
	for range n {
		if l.write(t).status == 201 {
			passed++
		}
	}
	return passed
}

func TestPrimaryLimit(t *testing.T) {
	tests := []struct{ repositories, users, want int }{{1, 1, 5000}, {20, 20, 5000}, {21, 20, 5050}, {21, 22, 5150}, {600, 0, 12500}}
	for _, tt := range tests {
		if got := githubtest.PrimaryLimit(tt.repositories, tt.users); got != tt.want {
			t.Errorf("%d repositories, %d users: got %d, want %d", tt.repositories, tt.users, got, tt.want)
		}
	}
}

func TestLimits_ContentOfAMinuteAndOfAnHour(t *testing.T) {
	l := newLimited(t, githubtest.Limits{ContentPerMinute: 8, ContentPerHour: 20})
	var got []int
	for range 4 {
		got = append(got, l.admitted(t, 10))
		l.later(t, time.Minute)
	}
	l.later(t, 56*time.Minute)
	got = append(got, l.admitted(t, 10))
	if want := []int{8, 8, 4, 0, 8}; !reflect.DeepEqual(got, want) {
		t.Errorf("admitted %v, want %v", got, want)
	}
	refused := l.write(t)
	const text = "You have exceeded a secondary rate limit and have been temporarily blocked from content creation. Please retry your request again later."
	if refused.status != 403 || refused.message(t) != text || refused.header.Get("Retry-After") != "" || refused.header.Get("X-RateLimit-Remaining") == "0" {
		t.Errorf("refused with %d %s %v", refused.status, refused.body, refused.header)
	}
	if other := l.as.do(t, "POST", "/repos/acme/telemetry/dispatches", `{"event_type":"x"}`); other.status != 204 {
		t.Errorf("a dispatch: %d %s", other.status, other.body)
	}
}

// TestLimits_WritesInVainCount: what was refused with 422 used up content as what was made.
func TestLimits_WritesInVainCount(t *testing.T) {
	l := newLimited(t, githubtest.Limits{ContentPerMinute: 3})
	other := client{s: l.Server, secret: l.AddToken("other", "acme/telemetry", map[string]string{"contents": "write"})}
	if got := other.do(t, "PUT", "/repos/acme/telemetry/contents/others", put("m", "x")); got.status != 201 {
		t.Errorf("another token: %d", got.status)
	}
	for i, want := range []int{201, 422, 422, 403} {
		if got := l.as.do(t, "PUT", "/repos/acme/telemetry/contents/same", put("m", "x")); got.status != want {
			t.Errorf("write %d: %d, want %d", i, got.status, want)
		}
	}
}

func TestLimits_Points(t *testing.T) {
	l := newLimited(t, githubtest.Limits{PointsPerMinute: 17, RetryAfter: 75 * time.Second, Status: 429})
	read := func() reply { return l.as.do(t, "GET", "/repos/acme/telemetry", "") }
	got := []int{l.write(t).status, l.write(t).status, l.write(t).status, l.write(t).status, read().status, read().status}
	refused := read()
	if want := []int{201, 201, 201, 429, 200, 200}; !reflect.DeepEqual(got, want) || refused.status != 429 {
		t.Errorf("got %v, then %d, want %v, then 429", got, refused.status, want)
	}
	if refused.header.Get("Retry-After") != "75" || !strings.Contains(refused.message(t), "exceeded a secondary rate limit. Please wait") {
		t.Errorf("refused with %s %v", refused.body, refused.header)
	}
	l.now = l.now.Add(time.Minute)
	if got := read(); got.status != 200 {
		t.Errorf("a minute later: %d", got.status)
	}
}

func TestLimits_Primary(t *testing.T) {
	l := newLimited(t, githubtest.Limits{Primary: true})
	for range 4999 {
		l.as.do(t, "GET", "/repos/acme/telemetry", "")
	}
	last, refused := l.as.do(t, "GET", "/repos/acme/telemetry", ""), l.write(t)
	if last.status != 200 || refused.status != 403 || refused.message(t) != fmt.Sprintf("API rate limit exceeded for installation ID %d.", l.telemetry.ID) {
		t.Errorf("got %d, then %d %s", last.status, refused.status, refused.body)
	}
	for name, want := range map[string]string{"Limit": "5000", "Used": "5000", "Remaining": "0", "Reset": fmt.Sprint(start.Add(time.Hour).Unix())} {
		if got := refused.header.Get("X-RateLimit-" + name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	l.later(t, 59*time.Minute)
	still := l.write(t).status
	l.later(t, time.Minute)
	if again := l.write(t).status; still != 403 || again != 201 {
		t.Errorf("later %d, want 403; in the next hour %d, want 201", still, again)
	}
}

// TestLimits_OfAnApp: its own requests have no primary limit and no headers, and others where the configuration says so.
func TestLimits_OfAnApp(t *testing.T) {
	for _, tt := range []struct {
		too  bool
		want int
	}{{false, 200}, {true, 403}} {
		l := newLimited(t, githubtest.Limits{PointsPerMinute: 7, AppsToo: tt.too}) // the token of newLimited took 5 points, its App's installation none
		app := asApp(t, l.Server, l.telemetry.App)
		var last reply
		for range 3 {
			last = app.do(t, "GET", "/repos/acme/telemetry/installation", "")
		}
		if last.status != tt.want || last.header.Get("X-RateLimit-Limit") != "" {
			t.Errorf("held to the limits %t: %d %v, want %d", tt.too, last.status, last.header, tt.want)
		}
	}
}

func TestLimits_Concurrency(t *testing.T) {
	const limit, writers = 5, 20
	w := newWorld(t, githubtest.Config{CommitWindow: 400 * time.Millisecond, Limits: githubtest.Limits{Concurrent: limit}})
	as := minted(t, w.Server, w.telemetry, ``)
	counts := map[int]int{}
	var mu sync.Mutex
	var group sync.WaitGroup
	for i := range writers {
		group.Go(func() {
			got := as.do(t, http.MethodPut, fmt.Sprintf("/repos/acme/telemetry/contents/%d", i), put("m", "x"))
			mu.Lock()
			defer mu.Unlock()
			counts[got.status]++
		})
	}
	group.Wait()
	if want := map[int]int{201: 1, 409: limit - 1, 403: writers - limit}; !reflect.DeepEqual(counts, want) {
		t.Errorf("got %v, want %v", counts, want)
	}
}
