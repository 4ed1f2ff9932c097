# SPDX-License-Identifier: GPL-2.0-only
#
# The copies of fault_tolerant_copy.h: rdi to, rsi from, rdx length; rax returns
# how many bytes were not copied.
#
# FAULTS writes an instruction that touches memory together with its entry in
# the exception table. At every such instruction rdi, rsi and rdx describe what
# is not yet known to be copied, so that one fix-up serves all: it copies what
# lies before the faulting page (exception_table.cc puts that into rcx) and
# returns the rest.

.macro ENTRY fix_up split
  .pushsection daxmend_faults, "a", @progbits
  .balign 4
  .long 99b - .
  .long \fix_up - .
  .long \split
  .popsection
.endm

.macro FAULTS instruction:vararg
99: \instruction
  ENTRY .Lsplit 1
.endm

# In a loop that counts rcx up to 0, rdi and rsi being where it ends.
.macro FAULTS_INDEXED instruction:vararg
99: \instruction
  ENTRY .Lsplit 2
.endm

.macro FUNCTION name
  .text
  .globl \name
  .hidden \name
  .type \name, @function
  .balign 64
\name:
  .cfi_startproc
.endm

.macro END name
  .cfi_endproc
  .size \name, . - \name
.endm

  .text
  .balign 16
  .cfi_startproc
.Lsplit:
99: rep movsb
  ENTRY .Lstopped 0
.Lstopped:
  sfence  # what went past the cache
  lea (%rdx, %rcx), %rax
  ret
# The AVX routines land here.
.Lsplit_avx:
  vzeroupper
  jmp .Lsplit
  .cfi_endproc

.macro FAULTS_AVX instruction:vararg
99: \instruction
  ENTRY .Lsplit_avx 1
.endm

.macro FAULTS_AVX_INDEXED instruction:vararg
99: \instruction
  ENTRY .Lsplit_avx 2
.endm

# Up to 128 bytes: everything is loaded from both ends before it is stored.
.macro SMALL
  cmp $16, %rdx
  jb .Ltiny\@
  cmp $32, %rdx
  ja .Lto_64\@
  FAULTS movdqu (%rsi), %xmm0
  FAULTS movdqu -16(%rsi, %rdx), %xmm1
  FAULTS movdqu %xmm0, (%rdi)
  FAULTS movdqu %xmm1, -16(%rdi, %rdx)
  xor %eax, %eax
  ret
.Lto_64\@:
  cmp $64, %rdx
  ja .Lto_128\@
  FAULTS movdqu (%rsi), %xmm0
  FAULTS movdqu 16(%rsi), %xmm1
  FAULTS movdqu -32(%rsi, %rdx), %xmm2
  FAULTS movdqu -16(%rsi, %rdx), %xmm3
  FAULTS movdqu %xmm0, (%rdi)
  FAULTS movdqu %xmm1, 16(%rdi)
  FAULTS movdqu %xmm2, -32(%rdi, %rdx)
  FAULTS movdqu %xmm3, -16(%rdi, %rdx)
  xor %eax, %eax
  ret
.Lto_128\@:
  FAULTS movdqu (%rsi), %xmm0
  FAULTS movdqu 16(%rsi), %xmm1
  FAULTS movdqu 32(%rsi), %xmm2
  FAULTS movdqu 48(%rsi), %xmm3
  FAULTS movdqu -64(%rsi, %rdx), %xmm4
  FAULTS movdqu -48(%rsi, %rdx), %xmm5
  FAULTS movdqu -32(%rsi, %rdx), %xmm6
  FAULTS movdqu -16(%rsi, %rdx), %xmm7
  FAULTS movdqu %xmm0, (%rdi)
  FAULTS movdqu %xmm1, 16(%rdi)
  FAULTS movdqu %xmm2, 32(%rdi)
  FAULTS movdqu %xmm3, 48(%rdi)
  FAULTS movdqu %xmm4, -64(%rdi, %rdx)
  FAULTS movdqu %xmm5, -48(%rdi, %rdx)
  FAULTS movdqu %xmm6, -32(%rdi, %rdx)
  FAULTS movdqu %xmm7, -16(%rdi, %rdx)
  xor %eax, %eax
  ret
.Ltiny\@:
  cmp $8, %edx
  jb .Lbytes\@
  FAULTS mov (%rsi), %rax
  FAULTS mov -8(%rsi, %rdx), %rcx
  FAULTS mov %rax, (%rdi)
  FAULTS mov %rcx, -8(%rdi, %rdx)
  xor %eax, %eax
  ret
.Lbytes\@:
  test %edx, %edx
  jz .Lnone\@
.Lbyte\@:
  FAULTS movzbl (%rsi), %eax
  FAULTS movb %al, (%rdi)
  inc %rsi
  inc %rdi
  dec %rdx
  jnz .Lbyte\@
.Lnone\@:
  xor %eax, %eax
  ret
.endm

# One cache line, \at bytes on: loaded whole before it is stored.
.macro LINE faults load store register width at index
  .irp i, 0, 1, 2, 3
  .if \i * \width < 64
  \faults \load \at+\i*\width(%rsi\index), %\register\i
  .endif
  .endr
  .irp i, 0, 1, 2, 3
  .if \i * \width < 64
  \faults \store %\register\i, \at+\i*\width(%rdi\index)
  .endif
  .endr
.endm

.macro LINES count faults load store register width index
  .set line, 0
  .rept \count
  LINE \faults \load \store \register \width 64*line "\index"
  .set line, line + 1
  .endr
.endm

# More than 128 bytes. 512 at once, without what other lengths need around their
# rounds: a sector is the least that most programs ask for.
.macro LARGE faults load store register width
  cmp $512, %rdx
  je .Lsector\@
  ja .Lrounds\@
  cmp $8*\width+64, %rdx
  jb .Lrest\@
.Lrounds\@:
  # So that no store but the first crosses a cache line.
  mov %edi, %eax
  neg %eax
  and $63, %eax
  jz .Laligned\@
  LINE \faults \load \store \register \width 0
  add %rax, %rsi
  add %rax, %rdi
  sub %rax, %rdx
.Laligned\@:
  # Short rounds: out of a file of 64 MiB, rounds of 2 KiB took 3 % of an I/O
  # more, likely for decoding so much code anew each time. Two instructions of
  # a round are the loop's.
  mov %rdx, %rcx
  and $-8*\width, %rcx
  jz .Lless\@
  add %rcx, %rsi
  add %rcx, %rdi
  sub %rcx, %rdx
  neg %rcx
  .balign 32
.Lround\@:
  LINES \width/8 \faults\()_INDEXED \load \store \register \width ", %rcx"
  add $8*\width, %rcx
  jnz .Lround\@
.Lless\@:
  test %rdx, %rdx
  jz .Ldone\@
  # The last of it, together with what was copied before.
  .irp i, 0, 1, 2, 3, 4, 5, 6, 7
  \faults \load (\i-8)*\width(%rsi, %rdx), %\register\i
  .endr
  .irp i, 0, 1, 2, 3, 4, 5, 6, 7
  \faults \store %\register\i, (\i-8)*\width(%rdi, %rdx)
  .endr
  jmp .Ldone\@
.Lsector\@:
  LINES 8 \faults \load \store \register \width
  jmp .Ldone\@
.Lnext\@:
  \faults \load (%rsi), %\register\()0
  \faults \store %\register\()0, (%rdi)
  add $\width, %rsi
  add $\width, %rdi
  sub $\width, %rdx
.Lrest\@:
  cmp $\width, %rdx
  ja .Lnext\@
  \faults \load -\width(%rsi, %rdx), %\register\()0
  \faults \store %\register\()0, -\width(%rdi, %rdx)
.Ldone\@:
  xor %eax, %eax
.endm

FUNCTION DaxmendCopySse2
  cmp $128, %rdx
  ja 1f
  SMALL
1:
  LARGE FAULTS movdqu movdqu xmm 16
  ret
END DaxmendCopySse2

FUNCTION DaxmendCopyAvx
  cmp $128, %rdx
  ja 1f
  SMALL
1:
  LARGE FAULTS_AVX vmovdqu vmovdqu ymm 32
  vzeroupper
  ret
END DaxmendCopyAvx

# Whole cache lines past the cache, and a fence that waits for them.
.macro STREAM faults load store register width
  cmp $64*\width, %rdx
  jb 6f
  .balign 32
1:
  LINES \width \faults \load \store \register \width
  add $64*\width, %rsi
  add $64*\width, %rdi
  sub $64*\width, %rdx
  cmp $64*\width, %rdx
  jae 1b
  test %rdx, %rdx
  jz 4f
6:
  cmp $512, %rdx
  je 5f
  test %rdx, %rdx
  jz 4f
3:
  LINE \faults \load \store \register \width 0
  add $64, %rsi
  add $64, %rdi
  sub $64, %rdx
  jnz 3b
  jmp 4f
  # A sector at once, see LARGE.
5:
  LINES 8 \faults \load \store \register \width
4:
  sfence
  xor %eax, %eax
.endm

FUNCTION DaxmendStream
  STREAM FAULTS movdqu movntdq xmm 16
  ret
END DaxmendStream

FUNCTION DaxmendStreamAvx
  STREAM FAULTS_AVX vmovdqu vmovntdq ymm 32
  vzeroupper
  ret
END DaxmendStreamAvx

# rdi: the first line, rsi: where to stop.
.macro FLUSH instruction
  jmp 2f
1:
99: \instruction (%rdi)
  ENTRY .Lnot_flushed 0
  add $64, %rdi
2:
  cmp %rsi, %rdi
  jb 1b
  xor %eax, %eax
  ret
.endm

  .cfi_startproc
.Lnot_flushed:
  mov $1, %eax
  ret
  .cfi_endproc

FUNCTION DaxmendFlushClwb
  FLUSH clwb
END DaxmendFlushClwb

FUNCTION DaxmendFlushClflushopt
  FLUSH clflushopt
END DaxmendFlushClflushopt

FUNCTION DaxmendFlushClflush
  FLUSH clflush
END DaxmendFlushClflush

  .section .note.GNU-stack, "", @progbits
