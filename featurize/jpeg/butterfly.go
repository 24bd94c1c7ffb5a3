package jpeg

// Products of square roots of 2 with cosines, times 2¹³, named by their value as in the paper of Loeffler, Ligtenberg
// and Moschytz.
const (
	c0_298 = 2446
	c0_390 = 3196
	c0_541 = 4433
	c0_765 = 6270
	c0_899 = 7373
	c1_175 = 9633
	c1_501 = 12299
	c1_847 = 15137
	c1_961 = 16069
	c2_053 = 16819
	c2_562 = 20995
	c3_072 = 25172
)

// transform8 is the one-dimensional inverse transform of eight coefficients, times 2¹³·√8, plus round. Its halves
// have no rounding between them, so that any order of the sums gives libjpeg's results.
func transform8(x0, x1, x2, x3, x4, x5, x6, x7, round int64) (y0, y1, y2, y3, y4, y5, y6, y7 int64) {
	a, b := (x0+x4)<<13+round, (x0-x4)<<13+round
	z := (x2 + x6) * c0_541
	c, d := z+x2*c0_765, z-x6*c1_847
	e0, e1, e2, e3 := a+c, b+d, b-d, a-c

	p, q := x7+x3, x5+x1
	z = (p + q) * c1_175
	p, q = z-p*c1_961, z-q*c0_390
	u, v := (x7+x1)*c0_899, (x5+x3)*c2_562
	o3 := x7*c0_298 + p - u
	o2 := x5*c2_053 + q - v
	o1 := x3*c3_072 + p - v
	o0 := x1*c1_501 + q - u
	return e0 + o0, e1 + o1, e2 + o2, e3 + o3, e3 - o3, e2 - o2, e1 - o1, e0 - o0
}

// transform4 is transform8 where the last four coefficients are 0.
func transform4(x0, x1, x2, x3, round int64) (y0, y1, y2, y3, y4, y5, y6, y7 int64) {
	a := x0<<13 + round
	c, d := x2*(c0_541+c0_765), x2*c0_541
	e0, e1, e2, e3 := a+c, a+d, a-d, a-c

	o0 := x1*(c1_175+c1_501-c0_899-c0_390) + x3*c1_175
	o1 := x1*c1_175 - x3*(c2_562+c1_961-c3_072-c1_175)
	o2 := x1*(c1_175-c0_390) - x3*(c2_562-c1_175)
	o3 := x1*(c1_175-c0_899) - x3*(c1_961-c1_175)
	return e0 + o0, e1 + o1, e2 + o2, e3 + o3, e3 - o3, e2 - o2, e1 - o1, e0 - o0
}
