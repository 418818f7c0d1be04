// SPDX-License-Identifier: GPL-3.0-or-later
// Arithmetic that is compiled for several processors: the one that it runs on takes the best of them.

#pragma once

// ThreadSanitizer is not ready yet when the processor is asked.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_THREAD__)
#define FOR_EACH_PROCESSOR __attribute__((target_clones("avx2", "default")))
#define FOR_FUSED_SUMS __attribute__((target("avx2,fma")))
#define FOR_BYTE_SHUFFLES __attribute__((target("avx2")))
#define HAS_BYTE_SHUFFLES __builtin_cpu_supports("avx2")
#define HAS_FUSED_SUMS (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
#else
#define FOR_EACH_PROCESSOR
#define FOR_BYTE_SHUFFLES
#define HAS_BYTE_SHUFFLES false
#define FOR_FUSED_SUMS
#define HAS_FUSED_SUMS false
#endif
