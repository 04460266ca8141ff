package column

import "fmt"

// Guard makes an error of a panic, which decoders may end with on a damaged file.
func Guard(do func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("it is damaged: %v", r)
		}
	}()
	return do()
}
