/** See src/invisible-characters.ts. Written by `npm run codegen`. */
export const INVISIBLE_CLASS =
  '\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}\\p{Zs}\\p{Default_Ignorable_Code_Point}\\p{Bidi_Control}\\u2800'
