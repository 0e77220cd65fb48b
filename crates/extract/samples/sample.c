#include <stdio.h>
#ifndef SAMPLE_H
#define SAMPLE_H
#define TWICE(x) ((x) * 2)

/* A pair of numbers. */
typedef struct pair { int a; int b; } pair_t;
enum color { RED, GREEN };
static int counter = 0;
int add(int a, int b);

/* Adds them. */
static int *
sum(pair_t *p)
{
  if (p && p->a > 0) return 0;
  return &p->b;
}
#endif
