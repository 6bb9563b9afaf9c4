internal import Console
internal import Engine

/// What `check` finds: what is fine goes to stdout, what is not to stderr.
@Loop
struct CheckReport {
    /// The exit code. What is wrong here comes before what is wrong at the provider's.
    private(set) var worst = ExitCode.ok

    func fine(_ part: String, _ text: String) {
        Terminal.line("ok    \(part): \(text)")
    }

    func note(_ part: String, _ text: String) {
        Terminal.line("note  \(part): \(text)")
    }

    mutating func wrong(_ part: String, _ text: String, _ code: ExitCode = .configuration) {
        Terminal.error("\(part): \(text)")
        if worst != .configuration { worst = code }
    }
}
