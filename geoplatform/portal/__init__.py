"""The portal: base templates, design system, navigation, languages, home page and error pages."""
