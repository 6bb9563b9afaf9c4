internal import BizgoSimulator
internal import Dispatch
internal import Glibc

/// The process around the simulator: options in, one line out, signals, end.
enum SimulatorCommand {
    nonisolated static func run(_ arguments: [String]) {
        let options: Options
        do throws(UsageError) {
            options = try Options(Array(arguments.dropFirst()))
        } catch {
            write(2, "bizgo-simulator: \(error.description)\n")
            exit(64)
        }
        if options.wantsHelp {
            write(1, Options.help)
            exit(0)
        }
        signal(SIGPIPE, SIG_IGN)
        raiseDescriptorLimit()
        // Before the first line goes out: whoever reads it may send a signal at once.
        let queue = DispatchQueue(label: "signals")
        let sources = [SIGTERM, SIGINT].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler { exit(0) }
            source.resume()
            return source
        }
        let simulator = Simulator(configuration: options.configuration)
        do throws(SimulatorError) {
            let port = try simulator.start()
            write(1, "listening on http://127.0.0.1:\(port)\n")
        } catch {
            write(2, "bizgo-simulator: \(error.description)\n")
            exit(71)
        }
        if let milliseconds = options.lifetimeMilliseconds {
            queue.asyncAfter(deadline: .now() + .milliseconds(Int(milliseconds))) { exit(0) }
        }
        withExtendedLifetime((simulator, sources)) { dispatchMain() }
    }

    private static func raiseDescriptorLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    private static func write(_ descriptor: Int32, _ text: String) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}
