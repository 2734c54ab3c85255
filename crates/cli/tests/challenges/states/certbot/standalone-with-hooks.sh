# nginx is stopped before and started after the renewal.
# renewal: works
# nginx: has the new certificate
# says:
certbot certonly --standalone --domain example.com \
    --pre-hook 'systemctl stop nginx' --post-hook 'systemctl start nginx'
enable tls
