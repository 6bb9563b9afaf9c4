internal import BizgoSimulator
internal import Dispatch
internal import Glibc

/// The process around the simulator: options in, one line out, signals, end.
enum SimulatorCommand {
    nonisolated static func run(_ arguments: [String]) -> Never {
        let options = options(arguments.dropFirst())
        signal(SIGPIPE, SIG_IGN)
        raiseDescriptorLimit()
        let queue = DispatchQueue(label: "signals")
        // Before the first line goes out: whoever reads it may send a signal at once.
        let sources = endOnSignals(queue)
        let simulator = start(options.configuration)
        if let milliseconds = options.lifetimeMilliseconds {
            queue.asyncAfter(deadline: .now() + .milliseconds(Int(milliseconds))) { exit(0) }
        }
        withExtendedLifetime((simulator, sources)) { dispatchMain() }
    }

    /// Ends the process where there is nothing to simulate.
    private static func options(_ words: ArraySlice<String>) -> Options {
        do throws(UsageError) {
            let options = try Options(Array(words))
            guard options.wantsHelp else { return options }
        } catch {
            fail(error.description, 64)
        }
        write(1, Options.help)
        exit(0)
    }

    private static func endOnSignals(_ queue: DispatchQueue) -> [any DispatchSourceSignal] {
        [SIGTERM, SIGINT].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler { exit(0) }
            source.resume()
            return source
        }
    }

    /// Says where it listens.
    private static func start(_ configuration: SimulatorConfiguration) -> Simulator {
        let simulator = Simulator(configuration: configuration)
        do throws(SimulatorError) {
            let port = try simulator.start()
            write(1, "listening on http://127.0.0.1:\(port)\n")
            return simulator
        } catch {
            fail(error.description, 71)
        }
    }

    private static func fail(_ problem: String, _ code: Int32) -> Never {
        write(2, "bizgo-simulator: \(problem)\n")
        exit(code)
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
