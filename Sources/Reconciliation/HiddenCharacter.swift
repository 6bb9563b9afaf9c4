extension Unicode.Scalar {
    /// Whether nobody sees it, or it changes how its neighbours are seen: control characters, line ends, what turns the
    /// direction of writing, what has no width, blank letters, tags. Foreign text is freed of them where it is kept
    /// (`SafeText`); log, output and pages show them as escapes.
    ///
    /// Joiners (U+200C, U+200D) are hidden as well: Korean has none, and an emoji without its joiners is seen as its
    /// parts. U+FE0E and U+FE0F are not, for they only choose between the two looks of an emoji.
    package var isHidden: Bool {
        if isASCII { return value < 0x20 || value == 0x7f }
        return switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        default: properties.isDefaultIgnorableCodePoint && !(0xfe0e...0xfe0f).contains(value)
        }
    }
}
