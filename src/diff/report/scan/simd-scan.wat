;; The inner loops of scanning and unescaping, with SIMD instructions that handle 16 bytes at once.
;; simd-scan.ts is the interface to them and defines the memory layout. `npm run codegen` assembles this file.
(module
  ;; The memory begins with six 32-bit words: the offset to read next, the offset to write next, the number of
  ;; context lines, of added lines and of removed lines, and 1 if a line begins at the read offset, else 0.
  (memory (export "memory") 3)

  ;; Copies JSON text from the read offset to the write offset, replaces frequent escapes by the bytes that
  ;; they stand for, and adds a prefix after every line feed. Stops
  ;; - at $end, where the caller must have put a backslash,
  ;; - at a rare escape, which the caller must handle,
  ;; - or after a line feed once the write offset exceeds the read offset by $room or more.
  ;; Up to 15 bytes after the write offset may be overwritten.
  (func (export "unescapeText") (param $end i32) (param $room i32) (param $prefix i32) (param $width i32)
    (local $from i32) (local $to i32) (local $sixteen v128) (local $found i32) (local $letter i32)
    (local $copied i32)
    (local.set $from (i32.load (i32.const 0)))
    (local.set $to (i32.load (i32.const 4)))
    (block $stop
      (loop $next
        (v128.store (local.get $to) (local.tee $sixteen (v128.load (local.get $from))))
        (local.set $found (i8x16.bitmask (i8x16.eq (local.get $sixteen) (i8x16.splat (i32.const 0x5c)))))
        (if (i32.eqz (local.get $found)) (then
          (local.set $from (i32.add (local.get $from) (i32.const 16)))
          (local.set $to (i32.add (local.get $to) (i32.const 16)))
          (br $next)))
        (local.set $found (i32.ctz (local.get $found)))
        (local.set $from (i32.add (local.get $from) (local.get $found)))
        (local.set $to (i32.add (local.get $to) (local.get $found)))
        (br_if $stop (i32.ge_u (local.get $from) (local.get $end)))

        (local.set $letter (i32.load8_u offset=1 (local.get $from)))
        (if (i32.eq (local.get $letter) (i32.const 0x6e)) (then
          (i32.store8 (local.get $to) (i32.const 10))
          (local.set $from (i32.add (local.get $from) (i32.const 2)))
          (local.set $to (i32.add (local.get $to) (i32.const 1)))
          (if (local.get $width) (then
            (local.set $copied (i32.const 0))
            (loop $more
              (v128.store
                (i32.add (local.get $to) (local.get $copied))
                (v128.load (i32.add (local.get $prefix) (local.get $copied))))
              (local.set $copied (i32.add (local.get $copied) (i32.const 16)))
              (br_if $more (i32.lt_u (local.get $copied) (local.get $width))))
            (local.set $to (i32.add (local.get $to) (local.get $width)))))
          (br_if $next (i32.lt_s (i32.sub (local.get $to) (local.get $from)) (local.get $room)))
          (br $stop)))
        (br_if $stop (call $isRare (local.get $letter)))
        (i32.store8 (local.get $to)
          (select (i32.const 9) (local.get $letter) (i32.eq (local.get $letter) (i32.const 0x74))))
        (local.set $from (i32.add (local.get $from) (i32.const 2)))
        (local.set $to (i32.add (local.get $to) (i32.const 1)))
        (br $next)))
    (i32.store (i32.const 0) (local.get $from))
    (i32.store (i32.const 4) (local.get $to)))

  ;; Counts the lines that begin after the line of a diff that the read offset is in. Stops
  ;; - at $end, where the caller must have put a backslash, or at an escape that $end cuts,
  ;; - at a rare escape, which the caller must handle,
  ;; - at the beginning of a line that needs a closer look,
  ;; - or at the beginning of a line at $limit or later; $limit must be at least 5 bytes less than $end.
  (func (export "countLines") (param $end i32) (param $limit i32)
    (local $from i32) (local $found i32) (local $letter i32) (local $head i32) (local $begins i32)
    (local $context i32) (local $added i32) (local $removed i32)
    (local.set $from (i32.load (i32.const 0)))
    (block $stop
      (loop $next
        (local.set $found
          (i8x16.bitmask (i8x16.eq (v128.load (local.get $from)) (i8x16.splat (i32.const 0x5c)))))
        (if (i32.eqz (local.get $found)) (then
          (local.set $from (i32.add (local.get $from) (i32.const 16)))
          (br $next)))
        (local.set $from (i32.add (local.get $from) (i32.ctz (local.get $found))))
        (br_if $stop (i32.ge_u (i32.add (local.get $from) (i32.const 1)) (local.get $end)))
        (local.set $letter (i32.load8_u offset=1 (local.get $from)))
        (if (i32.ne (local.get $letter) (i32.const 0x6e)) (then
          (br_if $stop (call $isRare (local.get $letter)))
          (local.set $from (i32.add (local.get $from) (i32.const 2)))
          (br $next)))

        (local.set $from (i32.add (local.get $from) (i32.const 2)))
        (local.set $begins (i32.const 1))
        (br_if $stop (i32.ge_u (local.get $from) (local.get $limit)))
        ;; A line that stands for omitted lines begins with a bracket.
        (local.set $head (i32.add (local.get $from) (i32.const 1)))
        (br_if $stop (i32.eq (i32.load8_u (local.get $head)) (i32.const 0x5b)))
        (br_if $stop (call $isUnicode (local.get $head)))
        (local.set $letter (i32.load8_u (local.get $from)))
        (if (i32.eq (local.get $letter) (i32.const 0x2b))
          (then (local.set $added (i32.add (local.get $added) (i32.const 1))))
          (else (if (i32.eq (local.get $letter) (i32.const 0x2d))
            (then (local.set $removed (i32.add (local.get $removed) (i32.const 1))))
            (else
              (br_if $stop (i32.ne (local.get $letter) (i32.const 0x20)))
              ;; Backticks after up to three spaces are a Markdown fence.
              (local.set $head (i32.add (local.get $head)
                (i32.eq (i32.load8_u (local.get $head)) (i32.const 0x20))))
              (local.set $head (i32.add (local.get $head)
                (i32.eq (i32.load8_u (local.get $head)) (i32.const 0x20))))
              (br_if $stop (i32.eq (i32.load8_u (local.get $head)) (i32.const 0x60)))
              (br_if $stop (call $isUnicode (local.get $head)))
              (local.set $context (i32.add (local.get $context) (i32.const 1)))))))
        (local.set $begins (i32.const 0))
        (br $next)))
    (i32.store (i32.const 0) (local.get $from))
    (i32.store (i32.const 8) (local.get $context))
    (i32.store (i32.const 12) (local.get $added))
    (i32.store (i32.const 16) (local.get $removed))
    (i32.store (i32.const 20) (local.get $begins)))

  ;; Whether any byte from $from on is a control character or not ASCII. Also checks up to 15 bytes after
  ;; $end.
  (func (export "hasUnusual") (param $from i32) (param $end i32) (result i32)
    (local $any v128)
    (loop $next
      (local.set $any (v128.or (local.get $any)
        (i8x16.lt_s (v128.load (local.get $from)) (i8x16.splat (i32.const 0x20)))))
      (local.set $from (i32.add (local.get $from) (i32.const 16)))
      (br_if $next (i32.lt_u (local.get $from) (local.get $end))))
    (v128.any_true (local.get $any)))

  ;; Whether the character after a backslash is not one of `t`, `"`, `\` and `n`.
  (func $isRare (param $letter i32) (result i32)
    (i32.and
      (i32.and (i32.ne (local.get $letter) (i32.const 0x74)) (i32.ne (local.get $letter) (i32.const 0x22)))
      (i32.and (i32.ne (local.get $letter) (i32.const 0x5c)) (i32.ne (local.get $letter) (i32.const 0x6e)))))

  ;; Whether the two bytes at $at are `\u`.
  (func $isUnicode (param $at i32) (result i32)
    (i32.eq (i32.load16_u (local.get $at)) (i32.const 0x755c))))
