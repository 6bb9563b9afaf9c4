internal import Engine
internal import Operations

/// What `check` finds: what is fine goes to stdout, what is not to stderr.
@Loop
struct CheckReport {
    /// The exit code: of what is wrong here, the first. So a database that is locked (75) or damaged (74), which is looked
    /// at first and without which nothing works, stays that whatever a sink lacks (78). What is wrong at the provider's
    /// (69) counts where all is well here.
    private(set) var code = ExitCode.ok

    func fine(_ part: String, _ text: String) {
        Terminal.line("ok    \(part): \(text)")
    }

    func note(_ part: String, _ text: String) {
        Terminal.line("note  \(part): \(text)")
    }

    mutating func wrong(_ part: String, _ text: String, _ code: ExitCode = .configuration) {
        Terminal.error("\(part): \(text)")
        if self.code == .ok || self.code == .unavailable { self.code = code }
    }
}
