package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	mathrand "math/rand/v2"
	"net/http"
	"time"

	"github.com/task-assistant/tasc/internal/runner/github"
)

// The public system's emit is a script (automated-assistant-systems/task-assistant, scripts/telemetry/emit-engine.sh at
// 9e0ccdd): a PUT of an empty .keep into the run's directory whose answer nobody looks at, then a PUT of the record, up to
// five times with a second between them where the answer is 409; any other answer than success ends it. Its token comes from
// an action that asks for it twice. peer does the same, in this process.
const (
	peerTries = 5
	peerDelay = time.Second
)

// runPeer runs n emitters of the public system's policy.
func (l *load) runPeer(n int) []delivered {
	all := make([]delivered, n)
	l.clock.Go(func() {
		for i := range n {
			random := mathrand.New(mathrand.NewPCG(l.seed, uint64(i)))
			l.clock.Go(func() {
				l.sleep(time.Duration(random.Int64N(int64(arrival))))
				began := l.clock.Now()
				all[i] = delivered{run: 1000 + i, lane: "lost"}
				if l.peer(1000 + i) {
					all[i].lane = "direct"
				}
				all[i].took = l.clock.Now().Sub(began)
			})
		}
	})
	l.clock.Wait()
	return all
}

func (l *load) peer(run int) bool {
	client := github.New(l.server.APIURL(), func(string) {})
	client.Now, client.Sleep = l.clock.Now, l.clock.Sleep
	scope := github.Scope{Repository: telemetry, Permissions: writeScope()}
	token, err := client.Mint(l.t.Context(), github.Credentials{ClientID: "IvTELEMETRY", Key: l.keys}, scope)
	if err != nil {
		return false
	}
	dir := "/repos/" + telemetry + "/contents/" + loadDir(run)
	l.put(token.Value, dir+"/.keep", nil)
	for range peerTries {
		switch l.put(token.Value, dir+"/preflight.json", l.expected(run)) {
		case http.StatusCreated:
			return true
		case http.StatusConflict:
			l.sleep(peerDelay)
		default:
			return false
		}
	}
	return false
}

// put makes one create-only PUT and returns its status, 0 where there is no answer.
func (l *load) put(token, path string, content []byte) int {
	body, err := json.Marshal(map[string]string{"message": "telemetry", "content": base64.StdEncoding.EncodeToString(content)})
	if err != nil {
		l.t.Error(err)
	}
	r, err := http.NewRequest(http.MethodPut, l.server.APIURL()+path, bytes.NewReader(body))
	if err != nil {
		l.t.Error(err)
		return 0
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Content-Type", "application/json; charset=utf-8") // as gh api does
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, answer.Body)
	return answer.StatusCode
}
