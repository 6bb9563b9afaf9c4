/// The shells that commands and options can be completed in.
package enum Shell: String, CaseIterable, Sendable {
    case bash
    case zsh
    case fish

    /// What the shell is to source.
    package var completion: String {
        switch self {
        case .bash: BashCompletion.script
        case .zsh: ZshCompletion.script
        case .fish: FishCompletion.script
        }
    }
}
