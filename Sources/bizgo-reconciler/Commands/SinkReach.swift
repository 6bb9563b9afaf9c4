internal import Configuration
internal import Engine

/// Whether a sink could be told something, found out without telling it anything.
@Loop
enum SinkReach {
    struct Problem: Error {
        var text: String
    }

    static func of(
        _ sink: Settings.Sink, address: String?, over transport: any HTTPTransport
    ) async -> Result<String, Problem> {
        if let program = program(of: sink) { return program }
        guard let address else { return .success("needs no address") }
        do throws(TransportError) {
            // Any answer will do: it is a GET, which no receiver of alerts takes for one.
            let response = try await transport.send(HTTPRequest(url: address))
            return .success("its address answers (HTTP \(response.status))")
        } catch {
            return .failure(Problem(text: "its address cannot be reached: \(error.detail)"))
        }
    }

    /// Whether the program of a `command` sink could be started; nil for other sinks.
    static func program(of sink: Settings.Sink) -> Result<String, Problem>? {
        guard case .command(let arguments) = sink.kind else { return nil }
        let name = arguments.first ?? ""
        if let path = ProgramSearch.find(name, path: Setup.environment["PATH"]) {
            return .success("\(path) may be run")
        }
        guard name.contains("/") else {
            return .failure(Problem(text: "no program \(name) on the PATH: give its path in argv"))
        }
        return .failure(Problem(text: "\(name) is no file that may be run: mend argv or `chmod +x` it"))
    }
}
