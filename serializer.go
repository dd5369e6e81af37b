package behavior

// Serializer shapes the JSON of one kind of record: T is the record and In
// what a client sends to create one. The zero Serializer is the reference's.
type Serializer[T, In any] struct {
	// Represent returns what a client sees of a record, to be written as
	// JSON. Nil: the reference's fields.
	Represent func(record T) any

	// Validate looks at an input that has passed all other checks, and may
	// change it. An [Invalid] error is answered with 400. Nil: nothing more.
	Validate func(in *In) error
}
