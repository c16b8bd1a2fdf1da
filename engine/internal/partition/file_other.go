//go:build !unix

package partition

import "os"

// createTemporary creates a file in folder. An open file cannot be removed here.
func createTemporary(folder string) (file *os.File, name string, err error) {
	file, err = createNamed(folder)
	if err != nil {
		return nil, "", err
	}
	return file, file.Name(), nil
}

func (extent) discard() {}
