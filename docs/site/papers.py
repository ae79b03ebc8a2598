"""Papers that introduced the components of the tables. A component without a row here is shown without a paper."""

PAPERS: dict[str, str] = {
    "logistic": "P.-F. Verhulst (1838), Notice sur la loi que la population suit dans son accroissement.",
    "tanh": "Y. LeCun et al. (1998), Efficient BackProp, section 4.4.",
    "relu": "V. Nair and G. Hinton (2010), Rectified linear units improve restricted Boltzmann machines, ICML.",
    "leaky_relu": "A. Maas, A. Hannun and A. Ng (2013), Rectifier nonlinearities improve neural network "
    "acoustic models, ICML workshop.",
    "elu": "D.-A. Clevert, T. Unterthiner and S. Hochreiter (2016), arXiv:1511.07289.",
    "selu": "G. Klambauer et al. (2017), Self-normalizing neural networks, arXiv:1706.02515.",
    "gelu": "D. Hendrycks and K. Gimpel (2016), Gaussian error linear units, arXiv:1606.08415.",
    "silu": "S. Elfwing, E. Uchibe and K. Doya (2018), arXiv:1702.03118; called swish by P. Ramachandran, B. Zoph "
    "and Q. Le (2017), arXiv:1710.05941.",
    "softplus": "C. Dugas et al. (2001), Incorporating second-order functional knowledge for better option "
    "pricing, NIPS.",
    "mish": "D. Misra (2019), Mish: a self regularized non-monotonic activation function, arXiv:1908.08681.",
    "step": "W. McCulloch and W. Pitts (1943), A logical calculus of the ideas immanent in nervous activity.",
    "sign": "F. Rosenblatt (1958), The perceptron, Psychological Review 65.",
    "softmax": "J. Bridle (1990), Probabilistic interpretation of feedforward classification network outputs.",
    "exp": "P. McCullagh and J. Nelder (1989), Generalized linear models: the inverse of the log link.",
    "squared_error": "C. F. Gauss (1809), Theoria motus.",
    "absolute_error": "P. J. Huber (1964) treats its robustness; it is twice the quantile loss at the median.",
    "huber": "P. J. Huber (1964), Robust estimation of a location parameter, Ann. Math. Statist. 35, 73-101.",
    "quantile": "R. Koenker and G. Bassett (1978), Regression quantiles, Econometrica 46, 33-50.",
    "poisson": "P. McCullagh and J. Nelder (1989), Generalized linear models: half the Poisson deviance.",
    "tweedie": "B. Jørgensen (1987), Exponential dispersion models, J. R. Stat. Soc. B 49, 127-162: half "
    "the deviance of the Tweedie distribution of power 3/2.",
    "log_loss": "I. J. Good (1952), Rational decisions, J. R. Stat. Soc. B 14, 107-114.",
}
