package github

import (
	"context"
	"errors"
	"net/http"
)

// Revoke ends a token before its hour is over. It asks once: nobody needs to wait for what GitHub does by itself.
// A token that GitHub does not know (any more) is no error.
func (c *Client) Revoke(ctx context.Context, token string) error {
	r := request{method: http.MethodDelete, path: "/installation/token", token: token}
	a, err := c.exchange(ctx, r)
	if err == nil && (a.status == http.StatusNoContent || a.status == http.StatusUnauthorized) {
		return nil
	}
	return failure(r, a, err)
}

// HandOn keeps the tokens minted so far from [Client.RevokeMinted]: another job takes them.
func (c *Client) HandOn() { c.minted = nil }

// RevokeMinted revokes every token that was minted and not handed on. Where GitHub has limited this client's requests it
// asks for nothing: a thousand jobs that meet a limit must not answer with a thousand requests more.
func (c *Client) RevokeMinted(ctx context.Context) error {
	tokens := c.minted
	if c.minted = nil; c.limited {
		return nil
	}
	var all []error
	for _, token := range tokens {
		all = append(all, c.Revoke(ctx, token))
	}
	return errors.Join(all...)
}
