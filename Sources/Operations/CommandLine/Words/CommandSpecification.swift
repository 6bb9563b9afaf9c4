/// What a command takes.
struct CommandSpecification {
    /// The words after the name, as `help` shows them.
    var synopsis: String
    /// One line for the list of commands.
    var purpose: String
    var options: [CommandOption] = []
    /// How many words that are no options.
    var operands: ClosedRange<Int> = 0...0
}
