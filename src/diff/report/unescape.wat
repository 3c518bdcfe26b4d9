;; The inner loop of unescape.ts: copies JSON text sixteen bytes at a time up to the next backslash, and undoes the escapes that reports are full of.
(module
  ;; At 0 and 4: where to read and to write next. The caller sets them, and looks where they ended up.
  (memory (export "memory") 3)

  ;; Stops at $end, where the caller has put a backslash; at an escape that is left to the caller; or behind a line feed as soon as
  ;; written is $room or more ahead of read. May write up to 15 bytes more than it says.
  (func (export "run") (param $end i32) (param $room i32) (param $prefix i32) (param $width i32)
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
        (if (i32.eq (local.get $letter) (i32.const 0x74))
          (then (local.set $letter (i32.const 9)))
          (else (br_if $stop (i32.and
            (i32.ne (local.get $letter) (i32.const 0x22))
            (i32.ne (local.get $letter) (i32.const 0x5c))))))
        (i32.store8 (local.get $to) (local.get $letter))
        (local.set $from (i32.add (local.get $from) (i32.const 2)))
        (local.set $to (i32.add (local.get $to) (i32.const 1)))
        (br $next)))
    (i32.store (i32.const 0) (local.get $from))
    (i32.store (i32.const 4) (local.get $to))))
