/*
 * Holds the exponential of lib/forest/score/logistic.ts to the C library's expf, over every float32 at which 1 / (1 + expf(-x)) is
 * neither 1/2 nor 1: 252,706,817 of them. Prints how many differ, which must be 0, and how many would if the exponential were
 * rounded to nearest.
 *
 *     gcc -O2 -ffp-contract=off expf.c -lm && ./a.out                the library's own choice of instructions
 *     GLIBC_TUNABLES=glibc.cpu.hwcaps=-FMA,-AVX2,-FMA4 ./a.out       without fused multiplication
 *
 * On 2026-11-28 with glibc 2.36 on x86-64: 0 both ways; and 0 with -mfma -ffp-contract=fast, as a compiler for arm64 has it.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static double power(int n) { return (double)exp2l((long double)n / 32); }

static double powers[32];

static float ours(float x) {
  double steps = 46.166241308446828 * (double)x;
  double whole = steps + 0x1.8p52 - 0x1.8p52;
  double r = steps - whole;
  double rise = (1.6938359250920212e-06 * r + 0.00023459809789509004) * (r * r) + (0.021660849396613134 * r + 1);
  int n = (int)whole;
  return (float)(rise * ldexp(powers[n & 31], n >> 5));
}

static float logistic(float e) { return 1.0f / (1.0f + e); }

int main(void) {
  for (int n = 0; n < 32; n++) powers[n] = power(n);
  float first = 0x1p-26f, last = 18.0f;
  uint32_t from, to;
  memcpy(&from, &first, 4);
  memcpy(&to, &last, 4);
  long tried = 0, differ = 0, nearest = 0, shown = 0;
  for (uint32_t bits = from; bits <= to; bits++, tried++) {
    float x;
    memcpy(&x, &bits, 4);
    float library = expf(-x);
    if (library != ours(-x)) differ++;
    float rounded = (float)exp(-(double)x);
    if (library != rounded) nearest++;
    if (logistic(library) != logistic(rounded)) shown++;
  }
  printf("%ld tried, %ld differ; rounded to nearest %ld would, %ld of them in the logistic function\n", tried, differ, nearest, shown);
  return differ != 0;
}
