;; The loops over a report's bytes that all else waits for, sixteen bytes at a time. byte-loops.ts says who calls them and how the memory is laid out.
(module
  ;; From 0 on, in words: where to read next, where to write next, lines of context, added, removed, and 1 where a line begins.
  (memory (export "memory") 3)

  ;; Copies JSON text, undoing the escapes that reports are full of, with a prefix behind every line feed.
  ;; Stops at $end, where the caller has put a backslash; at an escape that is left to the caller; or behind a line feed as soon as
  ;; written is $room or more ahead of read. May write up to 15 bytes more than it says.
  (func (export "unescape") (param $end i32) (param $room i32) (param $prefix i32) (param $width i32)
    (local $from i32) (local $to i32) (local $sixteen v128) (local $found i32) (local $letter i32) (local $copied i32)
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

  ;; From within a line of a diff on, counts the lines that begin behind it.
  ;; Stops at $end, where the caller has put a backslash, or at an escape cut there; at an escape that is left to the caller; or where
  ;; a line begins that is no plain one, or that begins at $limit (5 bytes before $end at most) or later.
  (func (export "countLines") (param $end i32) (param $limit i32)
    (local $from i32) (local $found i32) (local $letter i32) (local $behind i32) (local $begins i32)
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
        ;; What the tool puts in place of lines begins with a bracket.
        (local.set $behind (i32.add (local.get $from) (i32.const 1)))
        (br_if $stop (i32.eq (i32.load8_u (local.get $behind)) (i32.const 0x5b)))
        (br_if $stop (call $isUnicode (local.get $behind)))
        (local.set $letter (i32.load8_u (local.get $from)))
        (if (i32.eq (local.get $letter) (i32.const 0x2b))
          (then (local.set $added (i32.add (local.get $added) (i32.const 1))))
          (else (if (i32.eq (local.get $letter) (i32.const 0x2d))
            (then (local.set $removed (i32.add (local.get $removed) (i32.const 1))))
            (else
              (br_if $stop (i32.ne (local.get $letter) (i32.const 0x20)))
              ;; Behind up to three blanks backticks make a fence.
              (local.set $behind (i32.add (local.get $behind)
                (i32.eq (i32.load8_u (local.get $behind)) (i32.const 0x20))))
              (local.set $behind (i32.add (local.get $behind)
                (i32.eq (i32.load8_u (local.get $behind)) (i32.const 0x20))))
              (br_if $stop (i32.eq (i32.load8_u (local.get $behind)) (i32.const 0x60)))
              (br_if $stop (call $isUnicode (local.get $behind)))
              (local.set $context (i32.add (local.get $context) (i32.const 1)))))))
        (local.set $begins (i32.const 0))
        (br $next)))
    (i32.store (i32.const 0) (local.get $from))
    (i32.store (i32.const 8) (local.get $context))
    (i32.store (i32.const 12) (local.get $added))
    (i32.store (i32.const 16) (local.get $removed))
    (i32.store (i32.const 20) (local.get $begins)))

  ;; Whether any byte from $from on is a control character or not ASCII. Looks at up to 15 bytes from $end on, too.
  (func (export "hasUnusual") (param $from i32) (param $end i32) (result i32)
    (local $any v128)
    (loop $next
      (local.set $any (v128.or (local.get $any)
        (i8x16.lt_s (v128.load (local.get $from)) (i8x16.splat (i32.const 0x20)))))
      (local.set $from (i32.add (local.get $from) (i32.const 16)))
      (br_if $next (i32.lt_u (local.get $from) (local.get $end))))
    (v128.any_true (local.get $any)))

  ;; Whether the letter behind a backslash is none of `t`, `"`, `\`, `n`.
  (func $isRare (param $letter i32) (result i32)
    (i32.and
      (i32.and (i32.ne (local.get $letter) (i32.const 0x74)) (i32.ne (local.get $letter) (i32.const 0x22)))
      (i32.and (i32.ne (local.get $letter) (i32.const 0x5c)) (i32.ne (local.get $letter) (i32.const 0x6e)))))

  ;; Whether `\u` stands there.
  (func $isUnicode (param $at i32) (result i32)
    (i32.eq (i32.load16_u (local.get $at)) (i32.const 0x755c))))
