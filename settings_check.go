package behavior

// Check returns the settings as [New] would put them in force, with all
// defaults filled in; or [Faults], everything that is wrong with them.
func (s Settings) Check() (Settings, error) {
	if err := s.complete(); err != nil {
		return Settings{}, err
	}
	return s, nil
}
