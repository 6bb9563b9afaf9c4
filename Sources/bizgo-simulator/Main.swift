internal import BizgoSimulator

@main
struct Main {
    // Closures written here would be isolated to the main actor, so everything is elsewhere.
    static func main() { SimulatorCommand.run(CommandLine.arguments) }
}
