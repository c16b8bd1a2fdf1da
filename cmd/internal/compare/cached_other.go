//go:build !linux

package compare

import "errors"

// cachedFraction has no source here.
func cachedFraction(string) (float64, error) { return 0, errors.ErrUnsupported }
