package github

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// kind is what an answer means for a request that may be repeated.
type kind int

const (
	done    kind = iota // GitHub did it
	unknown             // it was done or not: ask again
	moved               // the branch moved meanwhile: ask again
	exists              // a create-only write found its path taken
	limited             // a rate limit: wait, then ask again
	fatal               // asking again cannot help
)

// meaning is a kind and, for a limit, the time to wait, to which a random time below spread is added so
// that the jobs of a busy night do not come back all at once. A wait that grows is doubled each time.
type meaning struct {
	kind         kind
	wait, spread time.Duration
	grows        bool
}

// classify says what an answer means. Statuses alone do not tell: the texts are those that issues of
// several clients quote (PyGithub#1787, octokit.rb#992, gofri/go-github-ratelimit#38, fresh-app/factory#21).
func (c *Client) classify(a answer, err error) meaning {
	if err != nil {
		var final *Error
		if errors.As(err, &final) {
			return meaning{kind: fatal}
		}
		return meaning{kind: unknown}
	}
	switch text := strings.ToLower(message(a)); {
	case a.status/100 == 2:
		return meaning{kind: done}
	case a.status >= 500 || a.status == http.StatusRequestTimeout:
		return meaning{kind: unknown}
	case a.status == http.StatusForbidden || a.status == http.StatusTooManyRequests:
		m := limits(a, text, c.Now())
		c.limited = c.limited || m.kind == limited
		return m
	case a.status == http.StatusConflict && !isPermanent(text), a.status == http.StatusUnprocessableEntity && isMoved(text):
		return meaning{kind: moved}
	case a.status == http.StatusUnprocessableEntity && strings.Contains(text, `"sha" wasn't supplied`):
		return meaning{kind: exists}
	}
	return meaning{kind: fatal}
}

// isMoved recognises the refusal to write on a branch whose head moved during the request.
func isMoved(text string) bool {
	return strings.Contains(text, "is at ") && strings.Contains(text, " but expected ") ||
		strings.Contains(text, "expected to be at ")
}

// isPermanent recognises the conflicts that last. All others are worth another try, since a create-only
// write can do no harm twice.
func isPermanent(text string) bool {
	return strings.Contains(text, "rule violation") || strings.Contains(text, "repository is empty")
}

// limits tells rate limits from missing permissions, and how long to wait. The reset time counts only
// when the limit it belongs to is used up: waiting for it after a secondary limit wakes all jobs at one instant.
// GitHub asks for a minute where it names no time, and for longer each time (docs.github.com, "Rate limits for the REST API").
func limits(a answer, text string, now time.Time) meaning {
	if after, ok := seconds(a.header.Get("Retry-After")); ok {
		return meaning{kind: limited, wait: after, spread: 30 * time.Second}
	}
	usedUp := a.header.Get("X-RateLimit-Remaining") == "0"
	if reset, ok := seconds(a.header.Get("X-RateLimit-Reset")); ok && usedUp {
		wait := max(0, time.Unix(int64(reset/time.Second), 0).Sub(now))
		return meaning{kind: limited, wait: wait, spread: time.Minute}
	}
	if usedUp || a.status == http.StatusTooManyRequests || strings.Contains(text, "rate limit") || strings.Contains(text, "abuse") {
		return meaning{kind: limited, wait: time.Minute, spread: time.Minute, grows: true}
	}
	return meaning{kind: fatal}
}

// seconds reads a header that holds whole seconds.
func seconds(s string) (time.Duration, bool) {
	n, err := strconv.ParseUint(s, 10, 32)
	return time.Duration(n) * time.Second, err == nil
}

const (
	// readBudget and writeBudget are how long one read, mint or write may be repeated, the waits for limits aside.
	readBudget  = 60 * time.Second
	writeBudget = 90 * time.Second
	// limitBudget is how long a client waits for limits in all. A thousand jobs that begin at once need many minutes for
	// their tokens, should GitHub count those; a job may take 30 minutes.
	limitBudget = 20 * time.Minute
	// maxLimit bounds the growth of waits for which GitHub names no time.
	maxLimit = 2 * time.Minute
	// detour is how long a limit may make a request wait that has another way, or that nobody waits for.
	detour = 10 * time.Second
	// maxBackoff bounds one wait that GitHub did not ask for.
	maxBackoff = 30 * time.Second
)

// patience decides how long to wait before asking again, and when to stop.
type patience struct {
	client *Client
	end    time.Time
	// hasty is true where a limit may not make it wait longer than the detour, nor beyond the end.
	hasty            bool
	backoffs, limits int
}

func (c *Client) patience(budget time.Duration) *patience {
	return &patience{client: c, end: c.Now().Add(budget)}
}

// pause waits as m demands. Where that would pass the end it returns err at once, since nothing could be
// asked after the wait.
func (p *patience) pause(ctx context.Context, m meaning, err error) error {
	if ctx.Err() != nil {
		return &JammedError{fmt.Errorf("stopped: %w", errors.Join(ctx.Err(), err))}
	}
	wait := p.next(m)
	if !p.has(m, wait) {
		return &JammedError{fmt.Errorf("given up, no time is left for a wait of %s: %w", wait.Round(time.Second), err)}
	}
	if stop := p.client.Sleep(ctx, wait); stop != nil {
		return &JammedError{fmt.Errorf("stopped: %w", errors.Join(stop, err))}
	}
	if m.kind == limited && !p.hasty { // the time for other faults stands still meanwhile
		p.end = p.end.Add(wait)
		p.client.waited += wait
	}
	return nil
}

// has reports whether there is time for a wait.
func (p *patience) has(m meaning, wait time.Duration) bool {
	if m.kind == limited && !p.hasty {
		return p.client.waited+wait <= limitBudget
	}
	return (m.kind != limited || m.wait <= detour) && !p.client.Now().Add(wait).After(p.end)
}

func (p *patience) next(m meaning) time.Duration {
	if m.kind == limited {
		if m.grows {
			m.wait = min(maxLimit, m.wait<<min(p.limits, 10))
			p.limits++
		}
		return m.wait + p.client.Jitter(m.spread)
	}
	p.backoffs++ // full jitter, from 1 s
	return p.client.Jitter(min(maxBackoff, time.Second<<min(p.backoffs-1, 10)))
}
