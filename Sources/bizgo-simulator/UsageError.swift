/// A command line that cannot be meant; the text names the option and what it takes.
struct UsageError: Error {
    var description: String

    init(_ description: String) {
        self.description = description
    }
}
