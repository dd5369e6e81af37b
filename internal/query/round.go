package query

import (
	"math/big"
	"time"
)

// mean is the mean of durations in microseconds, rounded to a whole one, halves
// to the even one, and zero when it is negative. The sum may exceed an int64.
func mean(sum *big.Int, count int) time.Duration {
	if sum.Sign() <= 0 {
		return 0
	}
	n := big.NewInt(int64(count))
	micros, rest := new(big.Int).QuoRem(sum, n, new(big.Int))
	if half := rest.Lsh(rest, 1).Cmp(n); half > 0 || half == 0 && micros.Bit(0) == 1 {
		micros.Add(micros, big.NewInt(1))
	}
	nanos := micros.Mul(micros, big.NewInt(int64(time.Microsecond)))
	if !nanos.IsInt64() {
		return 1<<63 - 1
	}
	return time.Duration(nanos.Int64())
}

// percentage is the share of count in total in percent, rounded to two
// decimals, halves to the even one. It is reckoned in whole numbers: as a
// fraction of two, many a half would not be one.
func percentage(count, total int) float64 {
	hundredths, rest := count*10_000/total, count*10_000%total
	if rest*2 > total || rest*2 == total && hundredths%2 == 1 {
		hundredths++
	}
	return float64(hundredths) / 100
}
