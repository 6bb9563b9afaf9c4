/// Where a text stops being JSON5, and why. Shows at most one character of the text.
struct JSON5Error: Error, Equatable {
    var line: Int
    var message: String
}
