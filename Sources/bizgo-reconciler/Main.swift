/// Nothing but the call: closures written in a `main` are isolated to the main actor and trap on other queues.
@main
struct Main {
    static func main() {
        Invocation.start()
    }
}
